"""The tree of messages: put into other words, forked, cleared and brought back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation, Reply
from conversations.transcript import Transcript
from conversations.transcripts import archive
from tests.conversations.crossed import Crossed
from tests.conversations.long import identity, talk
from tests.conversations.pages import Page
from tests.conversations.past import talked, transcript_of

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def row(alice: User) -> Conversation:
    return talked(alice, ["Bread?", "Mix, fold, bake.", "Rolls?", "Smaller."])


def ids(row: Conversation) -> list[str]:
    return [message.id for message in transcript_of(row).ordered()]


def post(client: Client, path: str, fields: dict[str, Any] | None = None, content_type: str = JSON) -> Any:
    return client.post(f"/c/{path}/", fields or {}, content_type=content_type)


def shown(client: Client, row: Conversation) -> Page:
    return Page(client.get(f"/c/{row.id}/").content.decode())


def test_an_edited_reply_is_a_version_of_the_user_s_own(as_alice: Client, row: Conversation) -> None:
    reply = ids(row)[1]
    assert post(as_alice, f"{row.id}/messages/{reply}/edit", {"text": "Mix and wait."}).status_code == 204
    page = shown(as_alice, row)
    assert page.said == ["Bread?", "Mix and wait."]
    assert "2 of 2" in page.one("form.versions").text
    assert "Edited by you" in page.messages[1].text
    version = transcript_of(row).messages[page.ids[1]]
    assert (version.edited_from, version.model, version.finish, version.usage) == (reply, "test-model", "stop", None)
    assert transcript_of(row).messages[reply].text == "Mix, fold, bake."


def test_the_same_edit_again_makes_no_other_version(as_alice: Client, row: Conversation) -> None:
    reply = ids(row)[3]
    for text in ("Tiny.", "Tiny.", "Large.", "Tiny."):
        assert post(as_alice, f"{row.id}/messages/{reply}/edit", {"text": text}).status_code == 204
    page = shown(as_alice, row)
    assert page.said[-1] == "Tiny."
    assert "2 of 3" in page.one("form.versions").text
    assert transcript_of(row).count == 6


def test_an_edit_that_changes_nothing_does_nothing(as_alice: Client, row: Conversation) -> None:
    before = transcript_of(row).to_json()
    assert post(as_alice, f"{row.id}/messages/{ids(row)[0]}/edit", {"text": "Bread?"}).status_code == 204
    assert transcript_of(row).to_json() == before


@pytest.mark.parametrize("fields", [{}, {"text": "  "}, {"text": "x" * 100_001}, {"text": 7}])
def test_an_edit_needs_a_text(as_alice: Client, row: Conversation, fields: dict[str, Any]) -> None:
    answer = post(as_alice, f"{row.id}/messages/{ids(row)[1]}/edit", fields)
    assert answer.status_code == 400
    assert answer.json()["errors"]["text"]


def test_a_reply_is_rated_with_a_comment_and_the_rating_taken_back(as_alice: Client, row: Conversation) -> None:
    url = f"{row.id}/messages/{ids(row)[1]}/rating"
    updated = transcript_of(row).updated_at
    assert post(as_alice, url, {"value": "bad", "comment": "Too\x00 short"}).status_code == 204
    rating = transcript_of(row).messages[ids(row)[1]].rating
    assert rating
    assert (rating["value"], rating["comment"]) == ("bad", "Too� short")
    assert transcript_of(row).updated_at == updated
    pressed = shown(as_alice, row).messages[1].select('[aria-pressed="true"]')
    assert [button["aria-label"] for button in pressed] == ["Bad reply"]
    assert post(as_alice, url, {"value": "good"}).status_code == 204
    assert post(as_alice, url, {"value": ""}).status_code == 204
    assert transcript_of(row).messages[ids(row)[1]].rating is None


def test_a_rating_falls_on_a_reply_that_has_just_gone_on(
    as_alice: Client, row: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = ids(row)[3]

    def go_on(transcript: Transcript) -> None:
        transcript.revise(reply, text="Smaller. And shorter in the oven.")

    Crossed.by(lambda: archive().change(row.owner_id, row.id, go_on), monkeypatch)
    assert post(as_alice, f"{row.id}/messages/{reply}/rating", {"value": "bad"}).status_code == 204
    message = transcript_of(row).messages[reply]
    assert message.text == "Smaller. And shorter in the oven."
    assert message.rating
    assert message.rating["value"] == "bad"


def test_a_rating_may_fall_on_a_message_in_a_part(as_alice: Client, alice: User, settings: Any) -> None:
    transcript = talk(60, owner=alice.id)
    row = Conversation.objects.create(id=transcript.id, owner=alice, visible=True)
    archive().part_bytes, before = 4096, archive().part_bytes
    try:
        archive().create(transcript)
        assert identity(1) not in transcript_of(row).messages
        assert post(as_alice, f"{row.id}/messages/{identity(1)}/rating", {"value": "good"}).status_code == 204
        assert post(as_alice, f"{row.id}/messages/{identity(1)}/edit", {"text": "In my words"}).status_code == 204
    finally:
        archive().part_bytes = before
    old = archive().message(transcript_of(row), identity(1))
    assert old
    assert old.rating
    assert old.rating["value"] == "good"
    assert shown(as_alice, row).said[1:] == ["In my words"]


def test_what_cannot_be_rated_says_why(as_alice: Client, row: Conversation) -> None:
    question, reply = ids(row)[:2]
    assert post(as_alice, f"{row.id}/messages/{reply}/rating", {"value": "great"}).status_code == 400
    assert post(as_alice, f"{row.id}/messages/{question}/rating", {"value": "good"}).status_code == 400
    long = post(as_alice, f"{row.id}/messages/{reply}/rating", {"value": "good", "comment": "x" * 2001})
    assert long.json()["errors"] == {"comment": ["A comment may have at most 2,000 characters."]}
    Reply.objects.filter(id=reply).update(finish="")
    assert post(as_alice, f"{row.id}/messages/{reply}/rating", {"value": "good"}).status_code == 409


def test_a_fork_begins_like_the_conversation_and_goes_its_own_way(as_alice: Client, row: Conversation) -> None:
    new = str(uuid4())
    fields = {"message": ids(row)[1], "conversation": new}
    answers = [post(as_alice, f"{row.id}/fork", fields) for _ in range(2)]
    assert [(one.status_code, one.headers["Location"]) for one in answers] == [(204, f"/c/{new}/")] * 2
    forked = Conversation.objects.get(id=new)
    assert (forked.title, forked.message_count, forked.visible) == ("A title (fork)", 2, True)
    assert shown(as_alice, forked).said == ["Bread?", "Mix, fold, bake."]
    assert not {*ids(row)} & {*ids(forked)}
    assert shown(as_alice, row).said[-1] == "Smaller."
    assert "A title (fork)" in shown(as_alice, row).titles


def test_a_fork_shows_where_the_model_s_window_began(as_alice: Client, row: Conversation) -> None:
    _, _, question, reply = ids(row)
    context = {"first": question, "left_out": 2, "tokens": 90, "size": 100}
    archive().change(
        row.owner_id, row.id, lambda known: archive().revise(known, reply, timezone.now(), context=context)
    )
    new = str(uuid4())
    post(as_alice, f"{row.id}/fork", {"message": reply, "conversation": new})
    for known in (row, Conversation.objects.get(id=new)):
        lines = [bool(message.select(".window-line")) for message in shown(as_alice, known).messages]
        assert lines == [False, False, True, False]


def test_a_form_that_forks_leads_to_the_fork(as_alice: Client, row: Conversation) -> None:
    answer = as_alice.post(f"/c/{row.id}/fork/", {"message": ids(row)[3]})
    assert answer.status_code == 303
    forked = Conversation.objects.exclude(id=row.id).get()
    assert answer.headers["Location"] == f"/c/{forked.id}/"
    assert shown(as_alice, forked).said == shown(as_alice, row).said


def test_a_cleared_conversation_is_empty_and_comes_back(as_alice: Client, row: Conversation) -> None:
    said = shown(as_alice, row).said
    assert post(as_alice, f"{row.id}/clear").status_code == 204
    page = shown(as_alice, row)
    assert page.said == []
    assert page.one("#chat")["data-leaf"] == ""
    assert as_alice.get(f"/c/{row.id}/export/md/").content.decode().strip() == "# A title"
    undo = page.one("form[action$='/undo/']")
    assert as_alice.post(str(undo["action"])).status_code == 303
    assert shown(as_alice, row).said == said
    assert post(as_alice, f"{row.id}/undo").status_code == 404


def test_none_of_it_works_for_strangers(as_bob: Client, as_alice: Client, row: Conversation) -> None:
    question, reply = ids(row)[:2]
    before = transcript_of(row).to_json()
    bobs = str(uuid4())

    def ask(path: str, fields: dict[str, str] | None = None) -> HttpResponse:
        answer: HttpResponse = post(as_bob, f"{row.id}/{path}", fields)
        return answer

    assert ask(f"messages/{reply}/edit", {"text": "Mine"}).status_code == 404
    assert ask(f"messages/{question}/edit", {"text": "Mine"}).status_code == 404
    assert ask(f"messages/{reply}/rating", {"value": "bad"}).status_code == 404
    assert ask("fork", {"message": reply, "conversation": bobs}).status_code == 404
    assert ask("clear").status_code == ask("undo").status_code == 404
    assert as_bob.get(f"/c/{row.id}/messages/{reply}/details/").status_code == 404
    assert transcript_of(row).to_json() == before
    assert not Conversation.objects.filter(id=bobs).exists()
    # Nor does a fork of one's own go into somebody else's conversation.
    assert as_bob.get("/c/new/").status_code == 200


def test_a_fork_never_lands_in_a_conversation_of_somebody_else(as_bob: Client, bob: User, row: Conversation) -> None:
    mine = talked(bob)
    before = transcript_of(row).to_json()
    answer = post(as_bob, f"{mine.id}/fork", {"message": ids(mine)[1], "conversation": str(row.id)})
    assert answer.status_code == 404
    assert transcript_of(row).to_json() == before


def test_the_details_of_a_reply_are_told(as_alice: Client, row: Conversation) -> None:
    reply = ids(row)[3]
    archive().change(
        row.owner_id,
        row.id,
        lambda one: one.revise(
            reply,
            usage={"prompt_tokens": 12, "completion_tokens": 40},
            timing_ms={"first": 500, "reasoning": 0, "total": 2500},
        ),
    )
    text = as_alice.get(f"/c/{row.id}/messages/{reply}/details/").content.decode()
    for part in ("test-model", "40 written, 12 read", "20 tokens per second", "after 0.50 s", "after 2.50 s"):
        assert part in text
    assert as_alice.get(f"/c/{row.id}/messages/{uuid4()}/details/").status_code == 404
