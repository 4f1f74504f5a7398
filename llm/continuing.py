"""A reply that was cut off goes on where it stopped.

Chat models cannot be told to write on in a message of their own: most servers close it and have them begin another.
So they are asked to, by a last message nobody sees, and what they say is joined to what is there.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from llm.chunk import Chunk
from llm.errors import LLMError

PROMPT = (
    "Your last message was cut off. Go on exactly where it stops, in the same language and format."
    " Repeat nothing of it, and write nothing about this request."
)

REACH = 400
"""Characters at the end of what was said in which a repetition may begin."""

_UNDECIDED = re.compile(r"\s*(?:\.{1,3}|…)?[ \t]*(?:#{1,6}|[-*+]|\d{1,3}[.)]?|>|`{1,2})?")
_LEAD = re.compile(r"\s*(?:(?:\.\.\.|…)[ \t]*(?=\S))?")
_BLOCK = re.compile(r"(?:#{1,6} |[-*+] |\d{1,3}[.)] |> |```|\||\n)")
_ITEM = re.compile(r"\s*(?:[-*+] |\d{1,3}[.)] |> |\|)")


class Seam:
    """Takes the pieces of a continuation and gives what is to be added to `said`, as soon as that is certain.

    Models that go on often say the last words once more, and small ones all of it from the start.
    """

    def __init__(self, said: str) -> None:
        self._said = said
        self._ends = [said[start:] for start in _word_starts(said)] if said.strip() else []
        self._held = ""
        self._joined = not self._ends

    def feed(self, piece: str) -> str:
        if self._joined:
            return piece
        self._held += piece
        told = self._held[self._lead :]
        if _UNDECIDED.fullmatch(self._held) or any(
            len(told) < len(end) and end.startswith(told) for end in (self._said.lstrip(), *self._ends)
        ):
            return ""
        return self.rest()

    def rest(self) -> str:
        """What was held back, now that nothing that follows can change it."""
        held, lead, self._held = self._held, self._lead, ""
        if self._joined or not held.strip():
            return held if self._joined else ""
        self._joined = True
        told = held[lead:]
        for end in (self._said.lstrip(), *self._ends):
            if told.startswith(end):
                return told[len(end) :]
        text = told if held[:lead].strip() else held
        return self._gap(text) + text

    @property
    def _lead(self) -> int:
        return _LEAD.match(self._held).end()  # type: ignore[union-attr]

    def _gap(self, text: str) -> str:
        """What has to stand between two texts the model may have meant as two messages."""
        before, after = self._said[-1], text[0]
        if before.isspace() or after.isspace():
            return ""
        in_code = self._said.count("\n```") + self._said.startswith("```")
        if in_code % 2:
            return "\n" if text.startswith("```") else " " if before.isalnum() and after.isalnum() else ""
        if _BLOCK.match(text):
            return "\n" if _ITEM.match(self._said.rpartition("\n")[2]) else "\n\n"
        spaced = before.isascii() and after.isascii() and after.isalnum()
        return " " if spaced and (before.isalnum() or before in ".,;:!?)]}\"'") else ""


class Repeated:
    """Says what a model goes on with once more, before the first it adds: then `Seam` need not guess where that fits.

    The model was given it without the space at its end, which it may say itself.
    """

    stopped = False

    def __init__(self, said: str) -> None:
        self._said = said
        self._spaced = said != said.rstrip()

    def feed(self, piece: str) -> str:
        if self._spaced:
            piece = piece.lstrip()
            self._spaced = not piece
        if piece and self._said:
            piece, self._said = self._said + piece, ""
        return piece

    def rest(self) -> str:
        return ""


def _word_starts(said: str) -> list[int]:
    """Where a repetition may begin: at words, not at the same letter by chance; the furthest back first."""
    first = max(len(said) - REACH, 0)
    return [
        place
        for place in range(first, len(said))
        if not said[place].isspace()
        and (place == 0 or not (said[place - 1].isalnum() and said[place].isalnum()) or not said[place].isascii())
        and any(letter.isalnum() for letter in said[place:])
    ]


async def continued(chunks: AsyncGenerator[Chunk, None], said: str) -> AsyncGenerator[Chunk, None]:
    """The chunks of a continuation, whose text fits to the end of `said`."""
    seam = Seam(said)
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                if chunk.waiting:
                    yield chunk
                    continue
                text = seam.feed(chunk.text)
                if chunk.finish and (rest := seam.rest()):
                    yield Chunk(text=rest)
                if text or chunk.reasoning or chunk.finish:
                    yield replace(chunk, text=text)
    except LLMError:
        if rest := seam.rest():
            yield Chunk(text=rest)
        raise
