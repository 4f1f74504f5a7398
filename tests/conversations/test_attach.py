"""Watching a reply: it goes on without its page, and any page can come back to it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from conversations import live
from conversations.events import STILL_HERE, Event, encoded
from conversations.live import LiveReply
from tests.conversations import kept
from tests.conversations.asked import request_for
from tests.model_server import ModelServer, Request
from tests.site import Said, Site, Visitor

WORDS = " ".join(f"word{number}" for number in range(120))


def begin(visitor: Visitor, server: ModelServer, question: str) -> tuple[Said, Request]:
    """Asks, and goes away as soon as the reply has begun to show; its model waits after some words."""
    said, question = Said(str(uuid4()), str(uuid4())), f"{question} {uuid4()} [[hold 20]] [[say: {WORDS}]]"
    body = {"message": said.message, "parent": None, "text": question}
    with visitor.stream(f"/c/{said.conversation}/messages/", body) as events:
        for event in events:
            said.events.append(event)
            if event[0] == "block":
                break
    return said, request_for(server, question)


def attach(visitor: Visitor, said: Said, asked: Request | None = None) -> list[tuple[str, Any]]:
    """What is told from now on; the model goes on when something has been."""
    with visitor.stream(f"/c/{said.conversation}/replies/{said.reply}/") as events:
        first = next(events)
        if asked:
            asked.may_go_on.set()
        return [first, *events]


def test_a_reply_goes_on_when_its_reader_goes_away(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    said, asked = begin(reader, model_server, "Go on without me")
    asked.may_go_on.set()
    ended = kept.wait_for(lambda: kept.messages(site, said.conversation).get(said.reply))
    assert (ended["text"], ended["finish"]) == (WORDS, "stop")
    title = "SELECT title_by FROM conversations_conversation WHERE id = ?"
    kept.wait_for(lambda: kept.query(site, title, said.conversation) == [("model",)])


def test_a_page_that_comes_back_gets_a_snapshot_and_then_the_rest(reader: Visitor, model_server: ModelServer) -> None:
    said, asked = begin(reader, model_server, "I come back")
    events = attach(reader, said, asked)
    names = [name for name, _ in events if name != "title"]
    assert (names[0], names[-1]) == ("snapshot", "done")
    assert set(names[1:-1]) == {"block"}
    snapshot = events[0][1]
    assert 0 < snapshot["chars"] < len(WORDS)
    assert snapshot["html"].count('<div class="block">') == snapshot["blocks"]
    assert [data["chars"] for name, data in events if name == "block"][-1] == len(WORDS)
    done = dict(events)["done"]
    assert done["html"] in reader.http.get(f"/c/{said.conversation}/").text


def test_the_page_of_a_running_reply_shows_what_is_there_and_where_to_attach(
    reader: Visitor, model_server: ModelServer
) -> None:
    said, asked = begin(reader, model_server, "Show me now")
    page = reader.http.get(f"/c/{said.conversation}/").text
    assert f'data-running="{said.reply}"' in page
    assert f'data-leaf="{said.reply}"' in page
    assert "word0" in page
    assert "word119" not in page.partition('role="log"')[2].replace("[[say: " + WORDS, "")
    assert "done" in dict(attach(reader, said, asked))


def test_thinking_so_far_reaches_who_attaches(reader: Visitor, model_server: ModelServer) -> None:
    events = attach(reader, *begin(reader, model_server, "Thoughts [[think: hm hm]]"))
    assert "".join(data["text"] for name, data in events if name == "reasoning") == "hm hm"


def test_an_ended_reply_is_a_snapshot_and_how_it_ended(reader: Visitor) -> None:
    said = reader.say("The end [[say: **The** end.]]")
    assert attach(reader, said) == [
        ("snapshot", {"html": said["done"]["html"], "chars": len("**The** end."), "blocks": 1}),
        ("done", said["done"]),
    ]


def test_a_failed_reply_is_a_snapshot_and_why(reader: Visitor) -> None:
    said = reader.say("Fail [[fail 500]]")
    (first, snapshot), (second, failed) = attach(reader, said)
    assert (first, snapshot) == ("snapshot", {"html": "", "chars": 0, "blocks": 0})
    assert (second, failed["code"], failed["message"]) == ("failed", "unavailable", said["failed"]["message"])


def test_a_reply_nobody_has_made_is_not_found(reader: Visitor, stranger: Visitor) -> None:
    said = reader.say("Whose? [[say: mine]]")
    for visitor, conversation, reply in [
        (reader, said.conversation, str(uuid4())),
        (reader, str(uuid4()), said.reply),
        (stranger, said.conversation, said.reply),
    ]:
        answer = visitor.http.get(f"/c/{conversation}/replies/{reply}/", headers={"Accept": "text/event-stream"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_two_hundred_readers_hold_no_thread_each(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    said, _ = begin(reader, model_server, "Many readers")
    before = threads_of(site)
    streams = asyncio.run(many(reader, said, 200, during=lambda: threads_of(site)))
    assert streams.opened == 200
    assert streams.seen - before < 20
    kept.wait_for(lambda: kept.messages(site, said.conversation)[said.reply]["finish"] == "stopped")


class Streams:
    opened = 0
    seen = 0


async def many(visitor: Visitor, said: Said, number: int, during: Any) -> Streams:
    """Opens many streams of one reply, looks, stops the reply and sees every stream end."""
    host, port = str(visitor.http.base_url.host), visitor.http.base_url.port
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
    request = (
        f"GET /c/{said.conversation}/replies/{said.reply}/ HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\n"
        "Accept: text/event-stream\r\nConnection: close\r\n\r\n"
    )
    streams = Streams()

    async def follow() -> bytes:
        connection, writer = await asyncio.open_connection(host, port)
        writer.write(request.encode())
        await connection.readuntil(b"event: snapshot")
        streams.opened += 1
        if streams.opened == number:
            all_open.set()
        rest = await connection.read()
        writer.close()
        return rest

    all_open = asyncio.Event()
    following = [asyncio.create_task(follow()) for _ in range(number)]
    await asyncio.wait_for(all_open.wait(), 30)
    streams.seen = during()
    await asyncio.to_thread(visitor.post, f"/c/{said.conversation}/replies/{said.reply}/stop/")
    rests = await asyncio.wait_for(asyncio.gather(*following), 30)
    assert all(b"event: done" in rest for rest in rests)
    return streams


def threads_of(site: Site) -> int:
    """How many threads the site's processes have, the one that serves the most of them."""
    assert site.process
    children = Path(f"/proc/{site.process.pid}/task/{site.process.pid}/children").read_text().split()
    return max(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in children)


async def test_a_silent_stream_says_every_while_that_it_is_still_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SILENCE", 0.01)
    reply = LiveReply(uuid4(), uuid4(), "Hello?")
    stream = encoded(reply.watch(attached=True))
    assert (await anext(stream)).startswith(b"event: snapshot\n")
    assert [await anext(stream) for _ in range(2)] == [STILL_HERE, STILL_HERE]
    reply.add("Here I am.", "")
    assert (await anext(stream)).startswith(b"event: block\n")
    reply.end(Event("failed", {}))
    reply.close()
    assert [event async for event in stream] == [b"event: failed\ndata: {}\n\n"]
