"""A reply that was cut off goes on in the same message."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from conversations import asking, branches, live
from conversations.elsewhere import take_over
from conversations.models import Conversation, Piece, Reply
from conversations.transcripts import archive
from conversations.writer import write
from tests.conversations import kept
from tests.conversations.crossed import Crossed
from tests.conversations.past import talked, transcript_of
from tests.model_answers import CONTINUE_PROMPT, Answer
from tests.model_server import ModelServer
from tests.site import Said, Site, Visitor, running

WORDS = [f"word{number}" for number in range(60)]
HALF, REST = " ".join(WORDS[:30]), " ".join(WORDS[30:])
WHOLE = f"{HALF} {REST}"
LONG = " ".join(f"word{number}" for number in range(150))


def cut(visitor: Visitor, question: str) -> Said:
    """Asks, and stops the reply once some of it is there."""
    said = Said(str(uuid4()), str(uuid4()))
    body = {"message": said.message, "parent": None, "text": question}
    with visitor.stream(f"/c/{said.conversation}/messages/", body) as events:
        for name, data in events:
            said.events.append((name, data))
            if name == "block" and data["chars"] > 20 and "[[die" not in question:
                visitor.post(f"/c/{said.conversation}/replies/{said.reply}/stop/")
    return said


def go_on(visitor: Visitor, said: Said) -> Said:
    again = Said(said.conversation, said.message)
    with visitor.stream(url(said), {}) as events:
        again.events.extend(events)
    return again


def url(said: Said) -> str:
    return f"/c/{said.conversation}/replies/{said.reply}/continue/"


def continuations(models: ModelServer) -> list[Any]:
    """What a model was sent to go on from; a title that was late may be asked for meanwhile."""
    sent = [chat.body["messages"] for chat in models.chats]
    return [messages for messages in sent if messages[-1]["content"].startswith(CONTINUE_PROMPT)]


def test_a_stopped_reply_goes_on_where_it_was_stopped(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    said = cut(reader, f"Go on [[hold 20]] [[say: {WHOLE}]] [[then: {WHOLE}]]")
    before = kept.messages(site, said.conversation)[said.reply]
    assert before["finish"] == "stopped"
    again = go_on(reader, said)
    assert again.names[:2] == ["started", "snapshot"]
    assert again["started"] == said["started"]
    assert again["snapshot"]["chars"] == len(before["text"])
    assert again["done"]["finish"] == "stop"
    messages = kept.messages(site, said.conversation)
    assert len(messages) == 2
    assert messages[said.reply] == before | {
        "rev": 2,
        "text": WHOLE,
        "finish": "stop",
        "seams": messages[said.reply]["seams"],
        "usage": messages[said.reply]["usage"],
        "timing_ms": messages[said.reply]["timing_ms"],
        "context": messages[said.reply]["context"],
    }
    (seam,) = messages[said.reply]["seams"]
    assert (seam["chars"], seam["finish"]) == (len(before["text"]), "stopped")
    assert messages[said.reply]["timing_ms"]["total"] > before["timing_ms"]["total"]
    asked = continuations(model_server)[-1]
    assert asked[-2] == {"role": "assistant", "content": before["text"]}
    assert kept.count(site, "piece", "reply_id = ?", said.reply) == 0
    assert again["done"]["html"] in reader.http.get(f"/c/{said.conversation}/").text


def test_a_reply_whose_model_server_died_goes_on(site: Site, reader: Visitor) -> None:
    said = cut(reader, f"Die [[die 7]] [[say: {WHOLE}]] [[then: and on]]")
    assert said["failed"]["code"] == "interrupted"
    before = kept.messages(site, said.conversation)[said.reply]
    assert (before["finish"], before["text"]) == ("failed", " ".join(WORDS[:7]))
    assert go_on(reader, said)["done"]["finish"] == "stop"
    after = kept.messages(site, said.conversation)[said.reply]
    assert (after["finish"], after["error"], after["text"]) == ("stop", None, f"{before['text']} and on")


def test_a_reply_that_fails_again_keeps_what_it_had(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    said = cut(reader, f"Die [[die 7]] [[say: {WHOLE}]]")
    text = kept.messages(site, said.conversation)[said.reply]["text"]
    model_server.script.append(Answer(status=500))
    again = go_on(reader, said)
    assert again["failed"]["code"] == "unavailable"
    assert kept.messages(site, said.conversation)[said.reply]["text"] == text


def test_continuing_twice_at_once_is_continuing_once(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    said = cut(reader, f"Twice [[slow 0.02]] [[hold 20]] [[say: {WHOLE}]] [[then: {REST}]]")
    before = len(continuations(model_server))
    with ExitStack() as streams:
        first, second = (streams.enter_context(reader.stream(url(said), {})) for _ in range(2))
        told = list(first), list(second)
    assert dict(told[0])["done"] == dict(told[1])["done"]
    assert len(continuations(model_server)) == before + 1
    assert kept.messages(site, said.conversation)[said.reply]["rev"] == 2


def test_a_finished_reply_is_shown_as_it_is(reader: Visitor, model_server: ModelServer) -> None:
    said = reader.say("Finished [[say: All of it.]]")
    before = len(continuations(model_server))
    again = go_on(reader, said)
    assert again.names == ["started", "snapshot", "done"]
    assert again["done"] == said["done"]
    assert len(continuations(model_server)) == before


def test_only_ones_own_replies_go_on(reader: Visitor, stranger: Visitor) -> None:
    said = cut(reader, f"Mine [[die 3]] [[say: {WHOLE}]]")
    json = {"Accept": "application/json"}
    elsewhere = Said(str(uuid4()), said.message)
    elsewhere.events = said.events
    question = f"/c/{said.conversation}/replies/{said.message}/continue/"
    for visitor, place in ((stranger, url(said)), (reader, url(elsewhere)), (reader, question)):
        answer = visitor.http.post(place, json={}, headers=visitor.headers | json)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_page_without_scripts_is_sent_back_to_the_conversation(reader: Visitor) -> None:
    said = cut(reader, f"Form [[die 3]] [[say: {WHOLE}]]")
    answer = reader.http.post(url(said), data={}, headers=reader.headers)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/c/{said.conversation}/")


def test_a_crash_while_it_goes_on_loses_nothing_of_either(hasty: Site, hurried: Visitor) -> None:
    said = cut(hurried, f"Crash [[slow 0.05]] [[say: {LONG}]] [[then: {LONG}]]")
    before = kept.messages(hasty, said.conversation)[said.reply]["text"]
    with ExitStack() as streams:
        streams.enter_context(hurried.stream(url(said), {}))
        first = kept.wait_for(lambda: kept.pieces_of(hasty, said.reply))
        page = hurried.http.get(f"/c/{said.conversation}/").text
        assert before + first in page
        hasty.kill()
    hasty.start()
    kept.wait_for(lambda: kept.count(hasty, "reply", "id = ? AND finish = 'interrupted'", said.reply))
    after = kept.messages(hasty, said.conversation)[said.reply]
    assert (after["rev"], after["finish"]) == (2, "interrupted")
    assert after["text"].startswith(before + first)
    assert LONG.startswith(after["text"])
    assert kept.count(hasty, "piece", "reply_id = ?", said.reply) == 0
    assert go_on(hurried, said)["done"]["finish"] == "stop"
    assert kept.messages(hasty, said.conversation)[said.reply]["text"] == LONG


def test_a_reply_in_a_part_goes_on(tmp_path: Any, model_server: ModelServer) -> None:
    with running(tmp_path, LLM_BASE_URL=model_server.base_url, TRANSCRIPT_PART_BYTES="4096") as small:
        visitor = small.visitor()
        said = cut(visitor, f"Old [[die 7]] [[say: {WHOLE}]] [[then: and on]]")
        parent = said.reply
        while not kept.transcript(small, said.conversation)["parts"]:
            parent = visitor.say(f"More [[say: {'x' * 900}]]", said.conversation, parent=parent).reply
        assert said.reply not in kept.messages(small, said.conversation)
        assert go_on(visitor, said)["done"]["finish"] == "stop"
        amended = kept.transcript(small, said.conversation)["amended"][said.reply]
        assert (amended["rev"], amended["text"]) == (2, " ".join(WORDS[:7]) + " and on")
        text = visitor.http.get(f"/c/{said.conversation}/messages/{said.reply}/text/").text
        assert text == amended["text"]


def stopped(owner: User) -> tuple[Conversation, UUID]:
    row = talked(owner)
    reply = transcript_of(row).newest
    assert reply
    archive().change(owner.id, row.id, lambda transcript: transcript.revise(reply, timezone.now(), finish="stopped"))
    return row, UUID(reply)


@pytest.mark.django_db(transaction=True)
async def test_one_that_fails_before_it_has_begun_to_go_on_ends_all_the_same(alice: User) -> None:
    row, reply = await write(stopped, alice)
    alice.preferences = ["damaged"]
    with pytest.raises(AttributeError):
        await asking.go_on(alice, row.id, reply=reply)
    await asyncio.wait_for(live.replies[reply].closed.wait(), 10)
    assert reply not in live.replies
    assert (await write(Reply.objects.get, id=reply)).finish == "failed"
    message = transcript_of(row).message(reply)
    assert message
    assert (message.text, message.finish) == ("An answer", "failed")


@pytest.mark.django_db(transaction=True)
async def test_what_is_thought_of_it_just_as_it_goes_on_is_kept(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    row, reply = await write(stopped, alice)
    rated = partial(branches.rate, message_id=reply, value="good", comment="So far", now=timezone.now())
    Crossed.by(lambda: archive().change(alice.id, row.id, rated), monkeypatch)
    await asking.go_on(alice, row.id, reply=reply)
    await asyncio.wait_for(live.replies[reply].closed.wait(), 10)
    message = transcript_of(row).message(reply)
    assert message
    assert message.text.startswith("An answer")
    assert (len(message.text) > 20, message.finish) == (True, "stop")
    assert message.rating
    assert (message.rating["value"], message.rating["comment"]) == ("good", "So far")


@pytest.mark.django_db(transaction=True)
async def test_what_it_said_after_a_rating_is_kept_though_its_process_dies(alice: User) -> None:
    row, reply = await write(stopped, alice)
    dead = await write(going_on, row, reply, " and on")
    archive().change(alice.id, row.id, partial(branches.rate, message_id=reply, value="good", comment="",
                                               now=timezone.now()))  # fmt: skip
    # It may die again, after the transcript and before the row.
    for _ in range(2):
        await take_over(dead)
        message = transcript_of(row).message(reply)
        assert message
        assert (message.text, bool(message.rating)) == ("An answer and on", True)
        dead = await write(going_on, row, reply, " and on")


def going_on(row: Conversation, reply: UUID, text: str) -> Reply:
    answered = transcript_of(row).message(reply)
    assert answered
    begun = Reply(id=reply, conversation=row, question=UUID(answered.parent), rev=2)
    begun.save()
    Piece.objects.filter(reply=reply).delete()
    Piece.objects.create(reply=begun, number=0, text=text)
    return begun
