"""Several versions of a message: which there are, and which of them is shown."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from conversations.models import Conversation, Reply
from conversations.transcripts import archive
from tests.conversations.long import NOON, ROME, identity, said, talk
from tests.conversations.pages import Page
from tests.conversations.past import transcript_of

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def row(alice: User) -> Conversation:
    """Question 0 was answered by 1 and once more by 11, to which 12 and 13 followed."""
    transcript = talk(4, owner=alice.id)
    for number, parent in ((11, 0), (12, 11), (13, 12)):
        transcript.add(said(number, parent))
    transcript.set_current(identity(13), NOON)
    archive().create(transcript)
    return Conversation.objects.create(id=ROME, owner=alice, visible=True, title="A tree")


def shown(client: Client, row: Conversation) -> Page:
    return Page(client.get(f"/c/{row.id}/").content.decode())


def show(client: Client, row: Conversation, number: int, content_type: str = JSON) -> int:
    return client.post(f"/c/{row.id}/current/", {"message": identity(number)}, content_type=content_type).status_code


def test_the_page_says_which_version_is_shown_and_leads_to_the_others(as_alice: Client, row: Conversation) -> None:
    page = shown(as_alice, row)
    assert page.ids == [identity(number) for number in (0, 11, 12, 13)]
    (form,) = page.soup.select("article form.versions")
    assert form.find_parent("article")["data-message"] == identity(11)  # type: ignore[index]
    assert form.span
    assert form.span.text == "2 of 2"
    previous, following = form.select("button")
    assert (previous["aria-label"], previous["value"]) == ("Previous version", identity(1))
    assert (following["aria-label"], following.has_attr("disabled")) == ("Next version", True)


def test_another_version_is_shown_with_what_followed_it(as_alice: Client, row: Conversation) -> None:
    assert show(as_alice, row, 1) == 204
    assert transcript_of(row).current == identity(3)
    page = shown(as_alice, row)
    assert page.ids == [identity(number) for number in range(4)]
    assert "1 of 2" in page.one("form.versions").text
    assert show(as_alice, row, 11) == 204
    assert shown(as_alice, row).ids[-1] == identity(13)


def test_a_form_comes_back_to_the_version(as_alice: Client, row: Conversation) -> None:
    answer = as_alice.post(f"/c/{row.id}/current/", {"message": identity(1)})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/c/{row.id}/#said-{identity(1)}")


def test_what_is_not_in_the_conversation_cannot_be_shown(as_alice: Client, as_bob: Client, row: Conversation) -> None:
    before = transcript_of(row).to_json()
    url = f"/c/{row.id}/current/"
    assert as_alice.post(url, {"message": str(uuid4())}, content_type=JSON).status_code == 404
    assert as_alice.post(url, {"message": "1"}, content_type=JSON).status_code == 400
    assert as_alice.post(url, {}, content_type=JSON).status_code == 400
    assert show(as_bob, row, 1) == 404
    assert transcript_of(row).to_json() == before


def test_while_a_reply_is_being_written_it_stays_in_view(as_alice: Client, row: Conversation) -> None:
    Reply.objects.create(id=uuid4(), conversation=row, question=identity(12), backend="guide")
    assert show(as_alice, row, 1) == 409
    page = shown(as_alice, row)
    assert [form.span.text for form in page.soup.select("article form.versions") if form.span] == ["2 of 2", "2 of 2"]
