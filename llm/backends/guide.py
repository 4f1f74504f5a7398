"""The built-in guide: answers questions about Chatsite from its documentation. It is no language model."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import fields
from typing import ClassVar

from llm.backends.base import Backend, Message
from llm.backends.passages import Library, Match, Passage, library
from llm.backends.words import words
from llm.chunk import Chunk
from llm.config import Sampling

_INTRODUCTION = "I am the built-in guide, not a language model, and all I know about is Chatsite."
_UNSURE = "I am not sure that this is what you mean; it is the nearest I know."
_ABOUT_THE_GUIDE = ("index.md", "What is the built-in guide?")
_RIVAL = 0.92
_GO_ON = frozenset({"more", "else", "further", "continue", "details", "next", "on"})
_LINK_TO_A_PAGE = re.compile(r"\[([^\]]+)\]\((?!https?://)[^)\s]*\)")


class Guide(Backend):
    ignores: ClassVar[frozenset[str]] = frozenset(field.name for field in fields(Sampling)) | {"system_prompt"}
    pieces_per_second: ClassVar[float] = 80
    """About the speed of a quick model, slow enough to read along."""

    async def reply(self, messages: Sequence[Message], model: str, sampling: Sampling) -> AsyncGenerator[Chunk, None]:
        shelf = await asyncio.to_thread(library)
        cut_off = messages[-1]["content"] if messages[-1]["role"] == "assistant" else ""
        # The guide says the same every time, so it knows how it would have gone on.
        for piece in pieces(answer(messages[:-1] if cut_off else messages, shelf).removeprefix(cut_off)):
            yield Chunk(text=piece)
            await asyncio.sleep(1 / self.pieces_per_second)
        yield Chunk(finish="stop")


def answer(messages: Sequence[Message], shelf: Library) -> str:
    questions = [""] + [message["content"] for message in messages if message["role"] == "user"]
    before, question = questions[-2] if len(questions) > 2 else "", questions[-1]
    matches = shelf.search(question, before)
    if not matches and _asks_for_more(question):
        said = "".join(message["content"] for message in messages if message["role"] == "assistant")
        matches = [match for match in shelf.search(before) if match.passage.heading not in said]
    return _from_docs(matches) if matches and matches[0].fits else _fallback(matches, shelf)


def pieces(text: str) -> Iterator[str]:
    """Word by word; joined they are the text."""
    return (match[0] for match in re.finditer(r"\s*\S+\s*?(?=\s\S|$)|\s+", text))


def _asks_for_more(question: str) -> bool:
    asked = words(question)
    return len(asked) <= 6 and not _GO_ON.isdisjoint(asked)


def _from_docs(matches: Sequence[Match]) -> str:
    best, *others = matches
    rival = next((match.passage for match in others[:1] if match.sure and match.score > best.score * _RIVAL), None)
    near = (match.passage for match in others if match.score > best.score / 3)
    neighbours = [passage for passage in near if passage is not rival][:3]
    front = "" if best.sure else f"{_UNSURE}\n\n"
    second = f"\n\n## {rival.heading}\n\n{_body(rival)}" if rival else ""
    ending = _suggestions("You could also ask:", neighbours)
    return f"{front}## {best.passage.heading}\n\n{_body(best.passage)}{second}{ending}"


def _fallback(near: Sequence[Match], shelf: Library) -> str:
    about = shelf.passage(*_ABOUT_THE_GUIDE)
    body = f"\n\n{_body(about)}" if about else ""
    openings = {passage.page: passage for passage in reversed(shelf.passages)}
    topics = [match.passage for match in near[:3]] + [openings[page] for page in shelf.pages[1:5]]
    return f"{_INTRODUCTION}{body}{_suggestions('You could ask:', list(dict.fromkeys(topics))[:4])}"


def _body(passage: Passage) -> str:
    """The docs link to each other as files, which lead nowhere from the page."""
    return _LINK_TO_A_PAGE.sub(r"\1", passage.text)


def _suggestions(lead: str, passages: Sequence[Passage]) -> str:
    return f"\n\n---\n\n{lead}\n\n" + "\n".join(f"- {each.heading}" for each in passages) if passages else ""
