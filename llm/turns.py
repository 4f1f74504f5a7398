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


_Key = tuple[asyncio.AbstractEventLoop, Hashable]
_doors: dict[_Key, _Door] = {}
"""Of servers that somebody is being served by or waits for."""


async def in_turn(
    server: Hashable, at_once: int | None, asker: str, ask: Callable[[], AsyncGenerator[Chunk, None]]
) -> AsyncGenerator[Chunk, None]:
    """The chunks of a reply once the server has room for it; before that, its place in the line whenever it changes.

    Nobody has a second turn before all others who wait have had one, see `Line`.
    """
    request = _Request(asker)
    key = asyncio.get_running_loop(), server
    try:
        if at_once:
            _door(key).arrive(request, at_once)
            while (place := request.place) is not None:
                request.moved.clear()
                yield Chunk(waiting=Waiting(what="queued", place=place))
                await request.moved.wait()
        async with aclosing(ask()) as chunks:
            async for chunk in chunks:
                yield chunk
    finally:
        if at_once:
            _leave(key, request, at_once)


def _door(key: _Key) -> _Door:
    for closed in [known for known in _doors if known[0].is_closed()]:
        del _doors[closed]
    return _doors.setdefault(key, _Door())


def _leave(key: _Key, request: _Request, at_once: int) -> None:
    """Who leaves last takes the door away: a user's own token may be part of its key."""
    if door := _doors.get(key):
        door.leave(request, at_once)
        if not (door.inside or len(door.line)):
            del _doors[key]
