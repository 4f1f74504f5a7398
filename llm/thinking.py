"""Thinking apart from the answer, also where the model writes both into one text."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from llm.chunk import Chunk
from llm.errors import LLMError
from llm.storable import Cleaner

TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
}


class Splitter:
    """Takes the pieces of a reply. Thinking is what stands in a tag at the very start, or right after
    such a tag: a reply may speak of `<think>` further down."""

    def __init__(self) -> None:
        self._held = ""
        self._close = ""
        self._fresh = False
        self._thought = False
        self._answering = False

    def feed(self, piece: str) -> tuple[str, str]:
        """The reasoning and the text that are certain by now."""
        if self._answering:
            return "", piece
        self._held += piece
        reasoning = ""
        while True:
            if not self._close and not self._opened():
                return reasoning, self._answer()
            thought, closed = self._until_closed()
            reasoning += thought
            if not closed:
                return reasoning, ""

    def rest(self) -> tuple[str, str]:
        """What was held back and stays as it is, now that nothing follows."""
        held, self._held = self._held, ""
        if self._close:
            return held, ""
        return "", held.lstrip() if self._thought else held

    def _opened(self) -> bool:
        start = self._held.lstrip()
        for tag, close in TAGS.items():
            if start[: len(tag)].lower() == tag:
                self._held, self._close, self._thought = start[len(tag) :], close, True
                self._fresh = True
                return True
        return False

    def _until_closed(self) -> tuple[str, bool]:
        if self._fresh:
            self._held = self._held.lstrip("\n")
            self._fresh = not self._held
        found = re.search(re.escape(self._close), self._held, re.IGNORECASE | re.ASCII)
        end = found.start() if found else -1
        if end >= 0:
            thought, self._held = self._held[:end], self._held[end + len(self._close) :]
            self._close = ""
            return thought, True
        for size in range(min(len(self._close) - 1, len(self._held)), 0, -1):
            if self._held[-size:].lower() == self._close[:size]:
                thought, self._held = self._held[:-size], self._held[-size:]
                return thought, False
        thought, self._held = self._held, ""
        return thought, False

    def _answer(self) -> str:
        start = self._held.lstrip()
        if any(tag.startswith(start.lower()) for tag in TAGS):
            return ""
        answer, self._held = start if self._thought else self._held, ""
        self._answering = True
        return answer


async def apart(chunks: AsyncGenerator[Chunk, None]) -> AsyncGenerator[Chunk, None]:
    """The same reply with all thinking in `reasoning` and every text storable. What was held back when the
    reply breaks off is not lost."""
    texts, thoughts, splitter = Cleaner(), Cleaner(), Splitter()
    failure: LLMError | None = None
    end: Chunk | None = None
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                if chunk.waiting:
                    yield chunk
                    continue
                if chunk.finish:
                    end = chunk
                thought, text = splitter.feed(texts.feed(chunk.text))
                thought = thoughts.feed(chunk.reasoning) + thought
                if thought or text:
                    yield Chunk(text=text, reasoning=thought)
    except LLMError as error:
        failure = error
    thought, text = splitter.feed(texts.rest())
    last_thought, last_text = splitter.rest()
    thought = thoughts.rest() + thought + last_thought
    if thought or text or last_text:
        yield Chunk(text=text + last_text, reasoning=thought)
    if failure:
        raise failure
    if end:
        yield replace(end, text="", reasoning="")
