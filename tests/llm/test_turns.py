"""A server that has room for so many replies: the others wait in line and are told their place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from llm.chunk import Chunk
from llm.turns import _doors, in_turn


class Talk:
    """Somebody's reply, which goes on when it is told to."""

    def __init__(self, server: str, at_once: int | None, asker: str = "") -> None:
        self.heard: list[int | str] = []
        self.end = asyncio.Event()
        self.task = asyncio.create_task(self._hear(server, at_once, asker))

    async def _hear(self, server: str, at_once: int | None, asker: str) -> None:
        async with aclosing(in_turn(server, at_once, asker, self._said)) as chunks:
            async for chunk in chunks:
                self.heard.append(chunk.text if chunk.waiting is None else chunk.waiting.place or 0)

    async def _said(self) -> AsyncGenerator[Chunk, None]:
        yield Chunk(text="begun")
        await self.end.wait()
        yield Chunk(text="ended")


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_who_finds_no_room_is_told_how_many_come_before() -> None:
    talks = [Talk("one", 2) for _ in range(4)]
    await settle()
    assert [talk.heard for talk in talks] == [["begun"], ["begun"], [0], [1]]
    talks[1].end.set()
    await settle()
    assert [talk.heard for talk in talks[1:]] == [["begun", "ended"], [0, "begun"], [1, 0]]
    for talk in talks:
        talk.end.set()
    await asyncio.gather(*(talk.task for talk in talks))
    assert talks[3].heard == [1, 0, "begun", "ended"]


async def test_who_leaves_makes_room_wherever_they_stood() -> None:
    inside, waiting, last = (Talk("two", 1) for _ in range(3))
    await settle()
    waiting.task.cancel()
    await settle()
    assert last.heard == [1, 0]
    inside.task.cancel()
    await settle()
    assert last.heard == [1, 0, "begun"]
    last.end.set()
    await last.task


async def test_one_who_asks_a_lot_does_not_keep_another_waiting() -> None:
    greedy = [Talk("three", 1, "greedy") for _ in range(4)]
    await settle()
    modest = Talk("three", 1, "modest")
    await settle()
    assert modest.heard == [0]
    for talk in (*greedy, modest):
        talk.task.cancel()
    await settle()


async def test_servers_do_not_wait_for_each_other_and_without_a_limit_nobody_waits() -> None:
    talks = [Talk("four", 1), Talk("five", 1), *(Talk("six", None) for _ in range(9))]
    await settle()
    assert [talk.heard for talk in talks] == [["begun"]] * 11
    for talk in talks:
        talk.end.set()
    await asyncio.gather(*(talk.task for talk in talks))


async def test_nothing_is_kept_of_a_server_that_nobody_is_at() -> None:
    talks = [*(Talk("seven", 1) for _ in range(3)), Talk("eight", None)]
    await settle()
    assert [server for _, server in _doors] == ["seven"]
    talks[1].task.cancel()
    for talk in talks:
        talk.end.set()
    await asyncio.gather(*(talk.task for talk in talks), return_exceptions=True)
    assert talks[2].heard[-1] == "ended"
    assert not _doors
