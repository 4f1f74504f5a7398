"""A server that gives so many replies at once: who has to wait for theirs, and is told how long the line is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from dataclasses import dataclass, field

from llm.chunk import Chunk, Waiting
from llm.line import Line


@dataclass(eq=False)
class _Request:
    asker: str
    place: int | None = -1
    """How many are served before; None when it is its turn, -1 before it has joined the line."""
    moved: asyncio.Event = field(default_factory=asyncio.Event)


class _Door:
    def __init__(self) -> None:
        self.inside: set[_Request] = set()
        self.line: Line[_Request] = Line()

    def arrive(self, request: _Request, at_once: int) -> None:
        self.line.join(request)
        self._let_in(at_once)

    def leave(self, request: _Request, at_once: int) -> None:
        self.inside.discard(request)
        self.line.leave(request)
        self._let_in(at_once)

    def _let_in(self, at_once: int) -> None:
        while len(self.line) and len(self.inside) < at_once:
            request = self.line.next()
            self.inside.add(request)
            _move(request, None)
        for place, request in enumerate(self.line):
            _move(request, place)


def _move(request: _Request, place: int | None) -> None:
    if request.place != place:
        request.place = place
        request.moved.set()


_doors: dict[tuple[asyncio.AbstractEventLoop, Hashable], _Door] = {}


async def in_turn(
    server: Hashable, at_once: int | None, asker: str, ask: Callable[[], AsyncGenerator[Chunk, None]]
) -> AsyncGenerator[Chunk, None]:
    """The chunks of a reply once the server has room for it; before that, its place in the line whenever it changes.

    Nobody has a second turn before all others who wait have had one, see `Line`.
    """
    request = _Request(asker)
    door = _door(server)
    try:
        if at_once:
            door.arrive(request, at_once)
            while (place := request.place) is not None:
                request.moved.clear()
                yield Chunk(waiting=Waiting(what="queued", place=place))
                await request.moved.wait()
        async with aclosing(ask()) as chunks:
            async for chunk in chunks:
                yield chunk
    finally:
        if at_once:
            door.leave(request, at_once)


def _door(server: Hashable) -> _Door:
    loop = asyncio.get_running_loop()
    for closed in [key for key in _doors if key[0].is_closed()]:
        del _doors[closed]
    return _doors.setdefault((loop, server), _Door())
