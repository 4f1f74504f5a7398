"""What is deleted can be taken back for ten seconds; then it is gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import timezone

from accounts.models import User
from conversations import bin  # noqa: A004
from conversations.models import Conversation
from conversations.transcripts import archive
from tests.conversations import kept
from tests.conversations.asked import request_for
from tests.conversations.commands import manage
from tests.conversations.pages import Page, page_of
from tests.conversations.past import listed, talked, time_is_over, transcript_of
from tests.model_server import ModelServer
from tests.site import Said, Site, Visitor, running

JSON = "application/json"
pytestmark = pytest.mark.django_db(transaction=True)


def post(client: Client, row: Conversation, act: str) -> int:
    return client.post(f"/c/{row.id}/{act}/", content_type=JSON).status_code


def gone_for(row: Conversation, seconds: float) -> None:
    Conversation.objects.filter(id=row.id).update(deleted_at=timezone.now() - timedelta(seconds=seconds))


def look() -> float:
    return async_to_sync(bin.empty)()


def test_a_deleted_conversation_is_nowhere_and_comes_back_as_it_was(as_alice: Client, alice: User) -> None:
    row = talked(alice, title="Not so fast")
    before = archive().store.get(f"users/{alice.id}/conversations/{row.id}.json")
    assert post(as_alice, row, "delete") == 204
    message = transcript_of(row).ordered()[0].id
    for url in (
        f"/c/{row.id}/",
        f"/c/{row.id}/messages/",
        f"/c/{row.id}/messages/{message}/text/",
        f"/c/{row.id}/export/md/",
        f"/c/{row.id}/replies/{row.replies.get().id}/",
    ):
        assert as_alice.get(url).status_code == 404
    for act, fields in {
        "rename": {"title": "x"},
        "pin": {"on": "true"},
        "read": {},
        "title": {},
        "messages": {"text": "Hello", "message": str(uuid4())},
        f"messages/{message}/replies": {},
    }.items():
        assert as_alice.post(f"/c/{row.id}/{act}/", fields, content_type=JSON).status_code == 404
    assert Page(as_alice.get("/c/").content.decode()).titles == []
    assert post(as_alice, row, "undo") == 204
    assert Page(as_alice.get("/c/").content.decode()).titles == ["Not so fast"]
    assert as_alice.get(f"/c/{row.id}/").status_code == 200
    assert archive().store.get(f"users/{alice.id}/conversations/{row.id}.json") == before


def test_only_its_owner_can_take_it_back_and_only_in_time(as_alice: Client, as_bob: Client, alice: User) -> None:
    row, late = talked(alice), talked(alice)
    assert post(as_alice, row, "undo") == 404
    post(as_alice, row, "delete")
    post(as_alice, late, "delete")
    gone_for(late, 10.5)
    assert post(as_bob, row, "undo") == 404
    assert as_bob.post("/c/undo/", {"conversations": str(row.id)}, content_type=JSON).status_code == 404
    assert post(as_alice, late, "undo") == 404
    assert post(as_alice, row, "undo") == 204
    assert post(as_alice, row, "undo") == 404


def test_by_a_form_one_comes_back_to_the_conversation(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    as_alice.post(f"/c/{row.id}/delete/")
    answer = as_alice.post(f"/c/{row.id}/undo/")
    assert (answer.status_code, answer["Location"]) == (303, f"/c/{row.id}/")


def test_the_next_page_offers_to_take_back_what_was_deleted_last(as_alice: Client, as_bob: Client, alice: User) -> None:
    first, second = talked(alice, title="The first"), talked(alice, title="<b>The second</b>")
    post(as_alice, first, "delete")
    gone_for(first, 3)
    post(as_alice, second, "delete")
    page = Page(as_alice.get("/c/new/").content.decode())
    form = page.one(".toast")
    assert "<b>The second</b> was deleted." in " ".join(form.get_text().split())
    assert 5 < float(str(form["data-seconds"])) <= 10
    assert not Page(as_bob.get("/c/new/").content.decode()).soup.select(".toast")
    sent = as_alice.post(str(form["action"]), page.fields(".toast"))
    assert (sent.status_code, sent["Location"]) == (303, "/")
    assert Conversation.objects.owned_by(alice).get().id == second.id


def test_after_ten_seconds_nothing_is_left(as_alice: Client, alice: User, tmp_path: Path) -> None:
    row, stays = talked(alice), talked(alice)
    post(as_alice, row, "delete")
    assert 4 < look() <= 5
    gone_for(row, 9)
    assert look() <= 1
    assert Conversation.objects.count() == 2
    time_is_over()
    assert [each.id for each in Conversation.objects.all()] == [stays.id]
    assert not [path for path in (tmp_path / "store").rglob("*") if str(row.id) in path.name]
    assert look() == 5


@pytest.mark.parametrize("died", ["before the object", "before the row"])
def test_what_a_process_had_begun_to_delete_the_next_one_deletes(as_alice: Client, alice: User, died: str) -> None:
    row = talked(alice)
    post(as_alice, row, "delete")
    Conversation.objects.filter(id=row.id).update(deleted_at=bin.BEYOND_RECALL)
    if died == "before the row":
        archive().delete(alice.id, row.id)
    assert post(as_alice, row, "undo") == 404
    look()
    assert not Conversation.objects.exists()
    assert archive().load(alice.id, row.id) is None


def test_with_the_store_away_it_waits_and_cannot_be_seen(as_alice: Client, alice: User, settings: Any) -> None:
    row = talked(alice)
    there = settings.CONVERSATION_STORE
    post(as_alice, row, "delete")
    settings.CONVERSATION_STORE = "file:///proc/nowhere/store"
    time_is_over()
    assert Conversation.objects.count() == 1
    assert post(as_alice, row, "undo") == 404
    assert Page(as_alice.get("/c/").content.decode()).titles == []
    settings.CONVERSATION_STORE = there
    look()
    assert not Conversation.objects.exists()
    assert archive().load(alice.id, row.id) is None


def test_the_row_and_the_object_are_left_alone_by_those_who_mend(as_alice: Client, alice: User) -> None:
    row, _ = talked(alice), talked(alice)
    post(as_alice, row, "delete")
    assert manage("reindex").code == 0
    manage("check_store", "--repair")
    assert post(as_alice, row, "undo") == 204
    post(as_alice, row, "delete")
    # Between the object and the row.
    archive().delete(alice.id, row.id)
    assert "missing" not in manage("check_store").out
    time_is_over()
    assert not Conversation.objects.filter(id=row.id).exists()


def test_several_are_deleted_and_taken_back_at_once(as_alice: Client, alice: User, bob: User) -> None:
    rows, theirs = listed(alice, 3), listed(bob, 1)
    ids = ",".join(str(row.id) for row in [*rows, *theirs])
    assert as_alice.post("/c/delete/", {"conversations": ids}, content_type=JSON).status_code == 204
    assert [row.id for row in Conversation.objects.filter(deleted_at=None)] == [theirs[0].id]
    form = Page(as_alice.get("/c/new/").content.decode()).one(".toast")
    assert "3 conversations were deleted." in " ".join(form.get_text().split())
    assert as_alice.post("/c/undo/", {"conversations": ids}, content_type=JSON).status_code == 204
    assert Conversation.objects.filter(deleted_at=None).count() == 4


@pytest.mark.parametrize("ids", ["", "x", "1,2", ",".join(str(uuid4()) for _ in range(201))])
@pytest.mark.parametrize("act", ["delete", "undo", "archive", "export"])
def test_ids_that_are_none_are_refused(as_alice: Client, act: str, ids: str) -> None:
    fields = {"conversations": ids, "on": "true", "kind": "md"}
    assert as_alice.post(f"/c/{act}/", fields, content_type=JSON).status_code == 400


def test_a_running_reply_ends_and_is_there_when_its_conversation_comes_back(
    reader: Visitor, site: Site, model_server: ModelServer
) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    question = f"Wait {uuid4()} [[slow 0.05]] [[say: {'word ' * 400}]]"
    body = {"message": said.message, "parent": None, "text": question}
    with reader.stream(f"/c/{said.conversation}/messages/", body) as events:
        said.events.append(next(events))
        asked = request_for(model_server, question)
        next(event for event, data in events if event == "block")
        assert reader.post(f"/c/{said.conversation}/delete/").status_code == 204
        said.events.extend(events)
    assert asked.gone.wait(30)
    assert said["failed"]["code"] == "not_found"
    assert reader.post(f"/c/{said.conversation}/undo/").status_code == 204
    page = page_of(reader, f"/c/{said.conversation}/")
    assert page.reply(said.reply)["data-finish"] == "stopped"
    assert page.said[1].startswith("word")
    again = reader.say("Go on [[say: Gladly.]]", said.conversation, said.reply)
    assert again["done"]["finish"] == "stop"


def test_a_killed_site_deletes_it_when_it_is_back(tmp_path: Path, model_server: ModelServer) -> None:
    with running(tmp_path, LLM_BASE_URL=model_server.base_url) as site:
        visitor = site.visitor()
        said, stays = visitor.say("Soon gone [[say: yes]]"), visitor.say("This stays [[say: yes]]")
        assert visitor.post(f"/c/{said.conversation}/delete/").status_code == 204
        site.kill()
        assert kept.transcript_path(site, said.conversation)
        site.start()
        assert visitor.http.get(f"/c/{said.conversation}/").status_code == 404
        kept.wait_for(lambda: not kept.count(site, "conversation", "id = ?", said.conversation))
        assert kept.transcript_path(site, said.conversation) is None
        assert kept.transcript_path(site, stays.conversation)
