"""Where a reply ends before its model does, and how text that comes in pieces is taken through several hands."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from llm.chunk import Chunk
from llm.errors import LLMError


class Filter(Protocol):
    """Takes the pieces of a reply, gives what is certain of it, and at last the rest. `stopped`: nothing follows."""

    @property
    def stopped(self) -> bool: ...
    def feed(self, piece: str) -> str: ...
    def rest(self) -> str: ...


class Chain:
    """Each filter takes what the one before it gives."""

    def __init__(self, *filters: Filter) -> None:
        self._filters = filters

    @property
    def stopped(self) -> bool:
        return any(each.stopped for each in self._filters)

    def feed(self, piece: str) -> str:
        for each in self._filters:
            piece = each.feed(piece)
        return piece

    def rest(self) -> str:
        rest = ""
        for each in self._filters:
            rest = each.feed(rest) + each.rest()
        return rest


class Stops:
    """Takes the pieces of a reply and gives what comes before the first stop string."""

    def __init__(self, strings: Iterable[str]) -> None:
        self._strings = tuple(string for string in strings if string)
        self._held = ""
        self.stopped = False

    def feed(self, piece: str) -> str:
        if self.stopped or not self._strings:
            return "" if self.stopped else piece
        self._held += piece
        found = [place for string in self._strings if (place := self._held.find(string)) >= 0]
        self.stopped = bool(found)
        return self._give(min(found) if found else self._certain())

    def rest(self) -> str:
        """What was held back, now that nothing follows."""
        return "" if self.stopped else self._give(len(self._held))

    def _certain(self) -> int:
        """How much no stop string can begin in any more."""
        held = self._held
        longest = max(map(len, self._strings))
        for start in range(max(len(held) - longest + 1, 0), len(held)):
            if any(string.startswith(held[start:]) for string in self._strings):
                return start
        return len(held)

    def _give(self, size: int) -> str:
        given, self._held = self._held[:size], self._held[size:]
        return given


async def clipped(chunks: AsyncGenerator[Chunk, None], limits: Filter) -> AsyncGenerator[Chunk, None]:
    """The reply as far as the filter lets it go. A model that talks on after its end is stopped, at the price of its
    usage; what was held back when the reply breaks off is not lost."""
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                if chunk.text and limits.stopped:
                    break
                text = limits.feed(chunk.text) + (limits.rest() if chunk.finish else "")
                if chunk.finish:
                    if text:
                        yield Chunk(text=text)
                    yield replace(chunk, text="", reasoning="", finish="stop" if limits.stopped else chunk.finish)
                    return
                if text or chunk.reasoning or chunk.waiting:
                    yield Chunk(text=text, reasoning=chunk.reasoning, waiting=chunk.waiting)
    except LLMError:
        if not limits.stopped:
            if rest := limits.rest():
                yield Chunk(text=rest)
            raise
    yield Chunk(finish="stop")
