"""The pages: the newest conversation, a new one, older messages, one message's text."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from conversations.models import Conversation
from conversations.page import short
from conversations.transcripts import archive
from tests.conversations.pages import Page
from tests.conversations.past import listed, talked, transcript_of
from tests.plugin import ROOT


def page(client: Client, url: str) -> Page:
    answer = client.get(url)
    assert answer.status_code == 200
    return Page(answer.content.decode())


def test_home_is_the_conversation_talked_in_last(as_alice: Client, alice: User, bob: User) -> None:
    rows = listed(alice, 2)
    listed(bob, 1)
    answer = as_alice.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/c/{rows[0].id}/")


def test_home_is_a_new_conversation_for_who_has_none(as_alice: Client, alice: User) -> None:
    listed(alice, 1, visible=False)
    answer = as_alice.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/c/new/")


def test_a_new_conversation_has_an_id_and_four_starters_and_is_nowhere_kept(as_alice: Client) -> None:
    first, second = page(as_alice, "/c/new/"), page(as_alice, "/c/new/")
    ids = {str(each.one("#chat")["data-conversation"]) for each in (first, second)}
    assert len({UUID(each) for each in ids}) == 2
    assert len(first.soup.select("form[data-part=starter]")) == 4
    assert first.messages == []
    assert not Conversation.objects.exists()


def test_a_conversation_shows_what_was_said(as_alice: Client, alice: User) -> None:
    row = talked(alice, ["What is *this*? <b>", "It is **bold**."], title="Bold & old")
    shown = page(as_alice, f"/c/{row.id}/")
    assert shown.said == ["What is *this*? <b>", "It is bold."]
    assert shown.messages[1].select_one("strong")
    assert shown.one("title").get_text().startswith("Bold & old ·")
    assert shown.one("#chat")["data-leaf"] == transcript_of(row).leaf
    assert not shown.refreshes


ENDS = ".thinking, .message-note, .message-failure, .seam, .reasoning"


def test_a_reply_that_ended_by_itself_carries_nothing_for_other_ends(as_alice: Client, alice: User) -> None:
    row = talked(alice, ["A question", "An answer", "Another", ""])
    whole, empty = page(as_alice, f"/c/{row.id}/").messages[1::2]
    assert whole.select(ENDS) == []
    assert "The model gave no answer." in empty.get_text()
    shown = whole.select("[data-act]")
    assert {str(button["data-act"]) for button in shown} == {"copy", "speak", "good", "bad", "regenerate", "more"}


def test_a_conversation_whose_transcript_has_gone_is_not_found(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    archive().delete(alice.id, row.id)
    assert as_alice.get(f"/c/{row.id}/").status_code == 404


@pytest.fixture
def long(alice: User) -> Conversation:
    """A conversation of 250 messages."""
    return talked(alice, [f"Message {number}" for number in range(250)])


def test_a_long_conversation_shows_its_end_and_the_rest_on_demand(as_alice: Client, long: Conversation) -> None:
    shown = page(as_alice, f"/c/{long.id}/")
    said = shown.said
    steps = [len(said)]
    while link := shown.soup.select_one("a.older"):
        shown = page(as_alice, str(link["href"]))
        said = shown.said + said
        steps.append(len(shown.said))
    assert said == [f"Message {number}" for number in range(250)]
    assert steps == [100, 100, 50]


def test_older_messages_come_as_a_piece_of_a_page(as_alice: Client, long: Conversation) -> None:
    first = transcript_of(long).ordered()[60]
    shown = page(as_alice, f"/c/{long.id}/messages/?before={first.id}")
    assert shown.said == [f"Message {number}" for number in range(60)]
    assert not shown.soup.select("html, aside, form")


@pytest.mark.parametrize(
    "before", ["?before=", "?before=nonsense", "?before=00000000-0000-4000-8000-000000000000", "?before=%00"]
)
def test_before_what_is_not_there_there_is_nothing(as_alice: Client, alice: User, before: str) -> None:
    row = talked(alice)
    answer = as_alice.get(f"/c/{row.id}/messages/{before}")
    assert answer.status_code in {200, 400}
    assert Page(answer.content.decode()).messages == []


def test_before_the_first_message_there_is_nothing(as_alice: Client, long: Conversation) -> None:
    first = transcript_of(long).ordered()[0]
    shown = page(as_alice, f"/c/{long.id}/messages/?before={first.id}")
    assert shown.messages == []
    assert not shown.soup.select("a.older")


def test_the_text_of_a_message_is_its_markdown(as_alice: Client, alice: User) -> None:
    row = talked(alice, ["Show me", "# Title\n\n<script>alert(1)</script> *é* 😀\n"])
    answer = as_alice.get(f"/c/{row.id}/messages/{transcript_of(row).leaf}/text/")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content.decode() == "# Title\n\n<script>alert(1)</script> *é* 😀\n"
    assert as_alice.get(f"/c/{row.id}/messages/{uuid4()}/text/").status_code == 404


def test_pages_are_not_kept_by_caches(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    for url in (f"/c/{row.id}/", "/c/new/", "/c/", f"/c/{row.id}/messages/?before={uuid4()}"):
        assert "Cookie" in as_alice.get(url).headers["Vary"]


def test_the_newest_messages_come_with_what_a_page_goes_on_from(as_alice: Client, alice: User) -> None:
    row = talked(alice, [f"Message {number}" for number in range(120)], answered_at=timezone.now())
    page = Page(as_alice.get(f"/c/{row.id}/messages/").content.decode())
    whole = Page(as_alice.get(f"/c/{row.id}/").content.decode())
    assert page.said == whole.said == [f"Message {number}" for number in range(20, 120)]
    newest, chat = page.one("[data-leaf]"), whole.one("#chat")
    assert newest["data-leaf"] == chat["data-leaf"] == transcript_of(row).leaf
    assert newest["data-running"] == chat["data-running"] == ""
    assert newest["data-answered"] == chat["data-answered"] != ""
    assert page.one("a.older")["href"] == whole.one("a.older")["href"]


def test_a_deleted_conversation_has_none(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    as_alice.post(f"/c/{row.id}/delete/", content_type="application/json")
    assert as_alice.get(f"/c/{row.id}/messages/").status_code == 404


NUMBERS = json.loads((ROOT / "tests/js/numbers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", NUMBERS)
def test_large_numbers_are_said_in_few_letters_as_the_page_says_them(language: str) -> None:
    with translation.override(language):
        assert {count: short(int(count)) for count in NUMBERS[language]} == NUMBERS[language]
