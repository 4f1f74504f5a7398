"""The model is asked for another title, because the user wishes one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from conversations import title
from conversations.refusals import TooManyTitles
from conversations.transcripts import archive
from tests.conversations import kept
from tests.conversations.crossed import Crossed
from tests.conversations.held import being_answered
from tests.conversations.kept import wait_for
from tests.conversations.past import talked, transcript_of
from tests.conversations.test_titles import in_store, row, titles_asked
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.site import Said, Site, Visitor, running


def test_a_new_title_takes_the_place_of_the_old_one(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    question = f"Where to? {uuid4()} [[say: Rome.]] [[title: Planning One Weekend in Rome]]"
    said = reader.say(question)
    for name in ("By myself", "And again"):
        assert reader.post(f"/c/{said.conversation}/rename/", {"title": name}).status_code == 204
        answer = reader.post(f"/c/{said.conversation}/title/")
        assert answer.status_code == 200
        assert answer.json() == {"title": "Planning One Weekend in Rome", "title_by": "model"}
        assert (
            row(site, said.conversation)
            == in_store(site, said.conversation)
            == ("Planning One Weekend in Rome", "model")
        )
    assert len(titles_asked(model_server, question)) == 3


def test_a_model_that_thought_before_gets_room_to_think(reader: Visitor, model_server: ModelServer) -> None:
    question = f"Think first {uuid4()} [[think: Hmm]] [[say: Done.]]"
    said = reader.say(question)
    assert reader.post(f"/c/{said.conversation}/title/").status_code == 200
    assert [asked["max_tokens"] for asked in titles_asked(model_server, question)] == [1024, 1024]


def test_by_a_form_one_comes_back_to_the_conversation(reader: Visitor) -> None:
    said = reader.say("By a form [[say: yes]] [[title: Asked for by a Form]]")
    fields = {"csrfmiddlewaretoken": reader.headers["X-CSRFToken"]}
    headers = {"Referer": str(reader.http.base_url), "Accept": "text/html"}
    answer = reader.http.post(f"/c/{said.conversation}/title/", data=fields, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/c/{said.conversation}/")


def test_a_model_that_gives_none_changes_nothing(site: Site, reader: Visitor) -> None:
    said = reader.say("Nothing to say [[say: yes]] [[title fail]]")
    reader.post(f"/c/{said.conversation}/rename/", {"title": "By myself"})
    for _ in range(2):
        answer = reader.post(f"/c/{said.conversation}/title/")
        assert (answer.status_code, answer.json()["code"]) == (503, "no_title")
    assert row(site, said.conversation) == in_store(site, said.conversation) == ("By myself", "user")


def test_one_conversation_is_named_once_at_a_time(reader: Visitor, model_server: ModelServer) -> None:
    said = reader.say(f"At once {uuid4()} [[say: yes]] [[title: Asked for at Once Today]]")
    refused = Event()
    model_server.titles.append(Answer(text="One That Takes Its Time", after=refused))
    with ThreadPoolExecutor(4) as tabs:
        asked = [tabs.submit(reader.post, f"/c/{said.conversation}/title/") for _ in range(4)]
        wait_for(lambda: sum(answer.done() for answer in asked) == 3)
        refused.set()
    statuses = sorted(answer.result().status_code for answer in asked)
    assert statuses == [200, 409, 409, 409]
    assert reader.post(f"/c/{said.conversation}/title/").status_code == 200


def test_nobody_else_names_it(reader: Visitor, stranger: Visitor) -> None:
    said = reader.say("Mine [[say: yes]]")
    assert stranger.post(f"/c/{said.conversation}/title/").status_code == 404
    assert reader.post(f"/c/{uuid4()}/title/").status_code == 404


def test_a_reply_is_waited_for(reader: Visitor) -> None:
    said = reader.say("First [[say: yes]]")
    with being_answered(reader, Said(said.conversation, str(uuid4())), "Slowly", said.reply):
        assert reader.post(f"/c/{said.conversation}/title/").json()["code"] == "still_answering"
    assert reader.post(f"/c/{said.conversation}/title/").status_code == 200


def test_the_guide_gives_the_first_words(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        visitor = site.visitor()
        said = visitor.say("How do I export a conversation?")
        visitor.post(f"/c/{said.conversation}/rename/", {"title": "By myself"})
        answer = visitor.post(f"/c/{said.conversation}/title/").json()
        assert answer["title_by"] == "fallback"
        assert "export a conversation" in answer["title"].lower()
        assert in_store(site, said.conversation) == (answer["title"], "fallback")
        assert kept.count(site, "conversation", "id = ? AND title_by = 'fallback'", said.conversation) == 1


@pytest.mark.django_db
def test_a_user_asks_for_so_many_and_then_waits(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each ten minutes of the clock are counted anew.
    monkeypatch.setattr(title, "time", SimpleNamespace(time=lambda: 1_000_000.0))
    rows = [talked(alice) for _ in range(title.AT_MOST + 1)]
    for conversation in rows[:-1]:
        title.allow(alice, conversation.id)
    with pytest.raises(TooManyTitles):
        title.allow(alice, rows[-1].id)
    cache.clear()
    title.allow(alice, rows[-1].id)


@pytest.mark.django_db(transaction=True)
def test_what_the_user_calls_it_meanwhile_is_what_it_is_called(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = talked(alice)

    def rename() -> None:
        archive().change(alice.id, conversation.id, lambda kept: kept.set_title("Mine", "user", timezone.now()))

    Crossed.by(rename, monkeypatch)
    assert async_to_sync(title.entitle)(alice, conversation.id) == ("Mine", "user")
    conversation.refresh_from_db()
    assert (conversation.title, conversation.title_by) == ("Mine", "user")
    assert transcript_of(conversation).title == "Mine"
