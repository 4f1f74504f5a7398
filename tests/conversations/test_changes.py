"""What changed since a moment: how other pages of the same user follow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from conversations import changes
from conversations.models import Conversation, Reply
from tests.conversations import kept
from tests.conversations.held import going_on_afterwards
from tests.conversations.pages import Page
from tests.conversations.past import listed, talked, transcript_of
from tests.model_server import ModelServer
from tests.site import Visitor

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(hours=1)


def ask(client: Client, cursor: str | None = None) -> dict[str, Any]:
    answer = client.get("/c/changes/", {} if cursor is None else {"since": cursor})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def answering(row: Conversation) -> Reply:
    reply = Reply.objects.create(id=uuid4(), conversation=row, question=uuid4(), backend="huggingface")
    touch(row)
    return reply


def touch(row: Conversation, **fields: Any) -> None:
    Conversation.objects.filter(id=row.id).update(changed_at=timezone.now(), **fields)


def old(owner: User, number: int = 1, **fields: Any) -> list[Conversation]:
    return listed(owner, number, changed_at=timezone.now() - LONG_AGO, **fields)


def test_nothing_is_told_while_nothing_changes(as_alice: Client, alice: User) -> None:
    old(alice, 3)
    cursor = ask(as_alice)["cursor"]
    for _ in "ab":
        told = ask(as_alice, cursor)
        assert (told["refresh"], told["conversations"]) == (False, [])
        cursor = told["cursor"]


def test_a_row_that_changed_is_told_with_what_a_page_shows_of_it(as_alice: Client, alice: User) -> None:
    row, _ = old(alice, 2, title="As it is now")
    cursor = ask(as_alice)["cursor"]
    reply = answering(row)
    assert ask(as_alice, cursor)["conversations"] == [
        {
            "id": str(row.id),
            "url": f"/c/{row.id}/",
            "title": "As it is now",
            "updated_at": row.updated_at.isoformat(),
            "answering": {"reply": str(reply.id), "question": str(reply.question)},
            "newest_reply": str(reply.id),
            "answered_at": "",
            "branched_at": "",
            "unread": False,
            "pinned": False,
            "archived": False,
            "tags": [],
        }
    ]


def test_of_two_replies_at_once_the_one_begun_last_is_told(as_alice: Client, alice: User) -> None:
    (row,) = old(alice)
    cursor = ask(as_alice)["cursor"]
    answering(row)
    last = answering(row)
    (told,) = ask(as_alice, cursor)["conversations"]
    assert (told["answering"]["reply"], told["newest_reply"]) == (str(last.id), str(last.id))


def test_rows_come_in_the_order_in_which_they_go_to_the_top(as_alice: Client, alice: User) -> None:
    rows = old(alice, 3)
    cursor = ask(as_alice)["cursor"]
    for row in (rows[1], rows[0], rows[2]):
        touch(row)
    assert [told["id"] for told in ask(as_alice, cursor)["conversations"]] == [str(row.id) for row in reversed(rows)]


def test_what_is_committed_late_is_not_missed(as_alice: Client, alice: User) -> None:
    (row,) = old(alice)
    cursor = ask(as_alice)["cursor"]
    # Stamped before the cursor was given, and visible only now.
    Conversation.objects.filter(id=row.id).update(changed_at=timezone.now() - timedelta(seconds=5))
    assert [told["id"] for told in ask(as_alice, cursor)["conversations"]] == [str(row.id)]


def test_nothing_of_others_and_nothing_unsaid_is_told(as_bob: Client, bob: User, alice: User) -> None:
    cursor = ask(as_bob)["cursor"]
    answering(listed(alice, 1)[0])
    answering(listed(bob, 1, visible=False)[0])
    assert ask(as_bob, cursor)["conversations"] == []
    assert ask(as_bob)["conversations"] == []


def test_without_a_moment_what_is_answering_or_unread_is_told(as_alice: Client, alice: User) -> None:
    now = timezone.now()
    runs, unread, seen, _ = old(alice, 4)
    answering(runs)
    touch(unread, answered_at=now)
    touch(seen, answered_at=now, read_at=now)
    told = {row["id"]: (bool(row["answering"]), row["unread"]) for row in ask(as_alice)["conversations"]}
    assert told == {str(runs.id): (True, False), str(unread.id): (False, True)}


def test_who_was_away_for_long_reads_the_list_anew(as_alice: Client, alice: User) -> None:
    listed(alice, 1)
    for moment in (timezone.now() - timedelta(minutes=6), timezone.now() + timedelta(minutes=6)):
        told = ask(as_alice, f"{moment.isoformat()}~")
        assert (told["refresh"], told["conversations"]) == (True, [])
        assert not ask(as_alice, told["cursor"])["refresh"]


def test_more_than_a_list_is_not_told_row_by_row(as_alice: Client, alice: User) -> None:
    cursor = ask(as_alice)["cursor"]
    listed(alice, 50)
    assert len(ask(as_alice, cursor)["conversations"]) == 50
    listed(alice, 1)
    told = ask(as_alice, cursor)
    assert (told["refresh"], told["conversations"]) == (True, [])


def test_a_deletion_is_told_once_and_to_its_owner_only(as_alice: Client, as_bob: Client, alice: User) -> None:
    row = talked(alice)
    mine, theirs = ask(as_alice)["cursor"], ask(as_bob)["cursor"]
    page = Page(as_alice.get("/c/new/").content.decode()).one("#chat")["data-since"]
    assert as_alice.post(f"/c/{row.id}/delete/", content_type="application/json").status_code == 204
    assert not ask(as_bob, theirs)["refresh"]
    assert ask(as_alice, str(page))["refresh"]
    told = ask(as_alice, mine)
    assert told["refresh"]
    assert not ask(as_alice, told["cursor"])["refresh"]
    fresh = Page(as_alice.get("/c/new/").content.decode()).one("#chat")["data-since"]
    assert not ask(as_alice, str(fresh))["refresh"]


def test_a_new_name_is_told(as_alice: Client, alice: User) -> None:
    row = talked(alice, changed_at=timezone.now() - LONG_AGO)
    cursor = ask(as_alice)["cursor"]
    as_alice.post(f"/c/{row.id}/rename/", {"title": "By another page"}, content_type="application/json")
    assert [told["title"] for told in ask(as_alice, cursor)["conversations"]] == ["By another page"]


def test_another_branch_is_told_and_the_page_knows_which_it_shows(as_alice: Client, alice: User) -> None:
    row = talked(alice, ["Bread?", "Mix and bake."], changed_at=timezone.now() - LONG_AGO)
    reply = [message.id for message in transcript_of(row).ordered()][-1]
    acts: list[tuple[str, dict[str, str]]] = [
        (f"messages/{reply}/edit/", {"text": "Mix and wait."}),
        ("current/", {"message": reply}),
        ("clear/", {}),
        ("undo/", {}),
    ]
    moments = [""]
    for path, fields in acts:
        cursor = ask(as_alice)["cursor"]
        assert as_alice.post(f"/c/{row.id}/{path}", fields, content_type="application/json").status_code < 400
        moments += [told["branched_at"] for told in ask(as_alice, cursor)["conversations"]]
        page = Page(as_alice.get(f"/c/{row.id}/").content.decode()).one("#chat")
        newest = as_alice.get(f"/c/{row.id}/messages/").content.decode()
        assert page["data-branched"] == moments[-1]
        assert f'data-branched="{moments[-1]}"' in newest
    assert moments == sorted(set(moments))
    assert len(moments) == len(acts) + 1


@pytest.mark.parametrize(
    "cursor",
    ["", "~", "x", "yesterday~", "2026-01-01T00:00:00~", "0001-01-01T00:00:00+14:00", "\0", "1~2~3", "9" * 5000],
)
def test_a_cursor_nobody_gave_is_a_bad_request(as_alice: Client, cursor: str) -> None:
    answer = as_alice.get("/c/changes/", {"since": cursor})
    if answer.status_code == 200:
        # A moment long ago, however strangely it is written.
        assert answer.json()["refresh"]
    else:
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_plus_sign_that_became_a_space_is_understood(as_alice: Client) -> None:
    cursor = ask(as_alice)["cursor"]
    assert "+00:00" in cursor
    assert as_alice.get(f"/c/changes/?since={cursor}").status_code == 200
    assert as_alice.get(f"/c/changes/?since={quote(cursor)}").status_code == 200


def test_an_answer_says_whose_it_is(as_alice: Client, alice: User) -> None:
    page = Page(as_alice.get("/c/new/").content.decode()).one("#chat")
    assert ask(as_alice)["user"] == page["data-user"] == str(alice.pk)


def test_an_answer_is_never_cached(as_alice: Client) -> None:
    assert "no-store" in as_alice.get("/c/changes/").headers["Cache-Control"]


def test_asking_costs_the_same_with_many_conversations(as_alice: Client, alice: User) -> None:
    cursor = ask(as_alice)["cursor"]
    costs = []
    for number in (0, 200):
        old(alice, number)
        for row in (None, old(alice)[0]):
            if row:
                answering(row)
            with CaptureQueriesContext(connection) as queries:
                ask(as_alice, cursor)
            costs.append(len(queries))
    # The session, its user, the last deletion, the rows; the replies only where rows have changed.
    assert costs == [4, 5, 5, 5]


def test_the_rows_are_read_from_their_index(alice: User) -> None:
    listed(alice, 200)
    plan = Conversation.objects.owned_by(alice).filter(changed_at__gte=timezone.now()).order_by("changed_at", "id")
    if connection.vendor == "sqlite":
        assert "changed_since (owner_id=? AND changed_at>?)" in plan[:51].explain()


def test_a_reply_is_told_from_its_question_to_its_reading(reader: Visitor, model_server: ModelServer) -> None:
    def told(cursor: str, conversation: str) -> dict[str, Any] | None:
        rows = reader.http.get("/c/changes/", params={"since": cursor}).json()["conversations"]
        return next((row for row in rows if row["id"] == conversation), None)

    cursor = reader.http.get("/c/changes/").json()["cursor"]
    with going_on_afterwards(reader, model_server, "Tell me [[hold 1]] [[title: A Title]]") as said:
        row = told(cursor, said.conversation)
        assert row
        assert row["answering"] == {"reply": said.reply, "question": said.message}
        newest = Page(reader.http.get(f"/c/{said.conversation}/messages/").text)
        assert newest.one("[data-leaf]")["data-running"] == said.reply
        assert newest.ids == [said.message, said.reply]
    row = kept.wait_for(lambda: (found := told(cursor, said.conversation)) and found["title"] and found)
    assert (row["answering"], row["newest_reply"], row["unread"]) == (None, said.reply, True)
    assert reader.post(f"/c/{said.conversation}/read/").status_code == 204
    row = told(cursor, said.conversation)
    assert row
    assert not row["unread"]


def test_a_deletion_is_told_to_who_was_away_for_minutes(alice: User) -> None:
    changes.tell_of_deletion(alice.pk)
    assert changes.since(alice, f"{(timezone.now() - timedelta(minutes=4)).isoformat()}~").refresh
