"""Renaming and deleting a conversation."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from conversations.models import Conversation, Piece, Reply
from tests.conversations import kept
from tests.conversations.asked import request_for
from tests.conversations.past import talked, time_is_over, transcript_of
from tests.model_server import ModelServer
from tests.site import Said, Site, Visitor

JSON = "application/json"


def rename(client: Client, row: Conversation, title: str) -> int:
    return client.post(f"/c/{row.id}/rename/", {"title": title}, content_type=JSON).status_code


def test_a_conversation_is_renamed(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    assert rename(as_alice, row, "  My *own*   <name> 😀 ") == 204
    row.refresh_from_db()
    transcript = transcript_of(row)
    assert (row.title, row.title_by) == ("My *own* <name> 😀", "user")
    assert (transcript.title, transcript.title_by) == ("My *own* <name> 😀", "user")


def test_renaming_moves_nothing_in_the_sidebar(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    before = row.updated_at
    rename(as_alice, row, "New name")
    row.refresh_from_db()
    assert row.updated_at == before


def test_a_form_comes_back_to_the_conversation(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    answer = as_alice.post(f"/c/{row.id}/rename/", {"title": "By a form"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/c/{row.id}/")


@pytest.mark.parametrize("title", ["", "   ", "\u200b\u200d", "x" * 201, "nul\0"])
def test_a_title_has_at_least_one_and_at_most_200_characters(as_alice: Client, alice: User, title: str) -> None:
    row = talked(alice, title="As before")
    answer = as_alice.post(f"/c/{row.id}/rename/", {"title": title}, content_type=JSON)
    assert answer.status_code == 400
    assert answer.json()["errors"]["title"]
    assert as_alice.post(f"/c/{row.id}/rename/", {"title": title}).status_code == 400
    row.refresh_from_db()
    assert (row.title, transcript_of(row).title) == ("As before", "As before")


def test_the_longest_title_is_kept_whole(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    assert rename(as_alice, row, "é" * 200) == 204
    row.refresh_from_db()
    assert row.title == "é" * 200


@pytest.mark.django_db(transaction=True)
def test_a_conversation_deleted_meanwhile_is_not_made_again_by_a_name(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    other = Conversation.objects.get(id=row.id)
    as_alice.post(f"/c/{row.id}/delete/", content_type=JSON)
    time_is_over()
    other.save(force_insert=True)
    assert rename(as_alice, row, "Too late") == 404


@pytest.mark.django_db(transaction=True)
def test_a_deleted_conversation_is_gone_everywhere(as_alice: Client, alice: User, tmp_path: Path) -> None:
    row, stays = talked(alice), talked(alice)
    Piece.objects.create(reply=row.replies.get(), number=0, text="words")
    assert as_alice.post(f"/c/{row.id}/delete/", content_type=JSON).status_code == 204
    time_is_over()
    assert [each.id for each in Conversation.objects.all()] == [stays.id]
    assert Reply.objects.count() == 1
    assert not Piece.objects.exists()
    assert not [path for path in (tmp_path / "store").rglob("*") if str(row.id) in path.name]
    assert transcript_of(stays).messages
    for url in (f"/c/{row.id}/", f"/c/{row.id}/messages/"):
        assert as_alice.get(url).status_code == 404


def test_deleting_by_a_form_goes_home(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    answer = as_alice.post(f"/c/{row.id}/delete/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_deleting_twice_is_not_found(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    statuses = [as_alice.post(f"/c/{row.id}/delete/", content_type=JSON).status_code for _ in range(2)]
    assert statuses == [204, 404]


def test_deleting_ends_a_reply_that_runs_and_it_never_comes_back(
    site: Site, reader: Visitor, model_server: ModelServer
) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    question = f"Delete me {uuid4()} [[slow 0.05]] [[say: {'word ' * 400}]]"
    body = {"message": said.message, "parent": None, "text": question}
    with reader.stream(f"/c/{said.conversation}/messages/", body) as events:
        said.events.append(next(events))
        asked = request_for(model_server, question)
        assert reader.post(f"/c/{said.conversation}/delete/").status_code == 204
        said.events.extend(events)
    assert asked.gone.wait(30)
    assert said["failed"]["code"] == "not_found"
    assert reader.http.get(f"/c/{said.conversation}/").status_code == 404
    assert reader.post(f"/c/{said.conversation}/delete/").status_code == 404
    kept.wait_for(lambda: not kept.count(site, "conversation", "id = ?", said.conversation))
    assert kept.transcript_path(site, said.conversation) is None
    assert kept.count(site, "piece", "reply_id = ?", said.reply) == 0


def test_who_talks_on_in_a_deleted_conversation_does_not_make_it_again(site: Site, reader: Visitor) -> None:
    said = reader.say("Soon gone [[say: yes]]")
    assert reader.post(f"/c/{said.conversation}/delete/").status_code == 204
    body = {"message": str(uuid4()), "parent": said.reply, "text": "Still there?"}
    assert reader.post(f"/c/{said.conversation}/messages/", body).status_code == 404
    kept.wait_for(lambda: not kept.count(site, "conversation", "id = ?", said.conversation))
    assert reader.post(f"/c/{said.conversation}/messages/", body).status_code == 404
    assert kept.transcript_path(site, said.conversation) is None
    assert kept.count(site, "conversation", "id = ?", said.conversation) == 0
