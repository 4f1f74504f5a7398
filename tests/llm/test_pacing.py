"""A stream is read as often as people are shown what came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from unittest.mock import AsyncMock

import httpcore2
import pytest

from llm import get_reply
from llm.backends.huggingface import pacing
from llm.backends.huggingface.pacing import PacedBackend, PacedStream
from tests.conversations.kept import wait_for
from tests.llm.conftest import Asker
from tests.model_answers import Answer
from tests.model_server import ModelServer

WORDS = [f"word{number} " for number in range(60)]


def rest_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST_INTERVAL", 60.0)
    monkeypatch.setattr(pacing, "INTERVAL", 60.0)


@pytest.fixture
async def slow(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PacedStream]:
    """A stream that rests for a minute once it is told to, from a server that says something at once."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"one")
        await writer.drain()

    rest_long(monkeypatch)
    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        stream = await PacedBackend(httpcore2.AnyIOBackend()).connect_tcp("127.0.0.1", port)
        yield stream
        await stream.aclose()


async def test_words_that_follow_each_other_fast_are_taken_together(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text=WORDS, delay=0.01, hold_after=1)
    said = []
    async for chunk in ask.stream("Hi"):
        if chunk.text:
            said.append(chunk.text)
            # The first was not kept until the second came.
            server.chats[0].may_go_on.set()
    assert "".join(said) == "".join(WORDS)
    assert said[0] == WORDS[0]
    assert len(said) < len(WORDS) / 2


async def test_where_many_streams_talk_each_is_read_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "READS", 10)
    streams = [PacedStream(AsyncMock()) for _ in range(5)]
    intervals = []
    for stream in streams:
        stream.take_time()
        intervals.append(pacing.interval())
    assert intervals == [pacing.INTERVAL, 0.2, 0.3, 0.4, pacing.LONGEST_INTERVAL]
    streams[0].hurry()
    await streams[1].aclose()
    assert pacing.interval() == 0.3


async def test_a_stream_that_rests_can_be_hurried(slow: PacedStream) -> None:
    slow.take_time()
    assert await slow.read(1) == b"o"
    rest = asyncio.create_task(slow.read(9))
    done, _ = await asyncio.wait([rest], timeout=0.1)
    assert not done
    slow.hurry()
    assert await asyncio.wait_for(rest, 10) == b"ne"


async def test_a_reply_that_is_stopped_while_its_stream_rests_is_stopped_at_once(
    ask: Asker, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest_long(monkeypatch)
    server.answer = Answer(text=WORDS, delay=0.01)
    reply = get_reply([{"role": "user", "content": "Hi"}], config=ask.config())
    async with aclosing(reply) as chunks:
        async for chunk in chunks:
            if chunk.text:
                break
    await asyncio.to_thread(wait_for, server.chats[0].gone.is_set)
