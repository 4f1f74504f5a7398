"""Asking with as much of a conversation as the model has room for, and once more with less where it was too much."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from llm import catalog, context, storable
from llm.backends import backend_for
from llm.backends.base import Backend, Message
from llm.chunk import Chunk, Context
from llm.config import Config, Sampling
from llm.continuing import continued
from llm.errors import TooLong
from llm.retrying import insistent
from llm.sources import Source, source_of
from llm.thinking import apart
from llm.turns import in_turn

_TOLD = re.compile(
    r"(?:context|window|n_ctx|maximum|limit|at most|up to)\D{0,60}?(\d{3,8})"
    r"|(\d{3,8})[ -]token (?:context|window|limit)",
    re.IGNORECASE,
)
MOST_LEARNED = 1000
LEARNED_SECONDS = 3600.0
"""A server may be started again with more room: after an hour it is found out anew."""

_learned: OrderedDict[int, tuple[int, float]] = OrderedDict()
"""By address, key and model, as a hash from which nobody reads a key: the window it turned out to have, and until when
that is believed. What was used last is at the end."""


def forget() -> None:
    """Drops what was learned of models' windows."""
    _learned.clear()


async def question_tokens(config: Config, model: str, sampling: Sampling) -> int:
    """How many tokens of a conversation may be sent to a model, as far as is known."""
    return context.question_tokens(await _window(config, model), sampling.max_tokens)


async def reply_that_fits(
    messages: Sequence[Message],
    model: str,
    config: Config,
    sampling: Sampling,
    *,
    examples: Sequence[Message] = (),
    turns: int | None = None,
) -> AsyncGenerator[Chunk, None]:
    """As `llm.get_reply`."""
    source, name = source_of(config, model)
    backend = backend_for(source.config)
    unknown = sorted(name for name in backend.ignores if getattr(sampling, name, None) is not None)
    size = await _window(config, model)
    measure = _measure(backend, name)

    def fitted(size: int) -> context.Window:
        tokens = context.question_tokens(size, sampling.max_tokens)
        system = config.system_prompt
        return context.fit(
            messages, system_prompt=system, examples=examples, tokens=tokens, turns=turns, measure=measure
        )

    window = fitted(size)
    shrunk = False
    while True:
        begun = False
        try:
            async with aclosing(_asked(backend, source, window, name, sampling)) as chunks:
                async for chunk in chunks:
                    if not begun and chunk.waiting is None:
                        begun = True
                        yield Chunk(context=_context(window, size))
                    yield replace(chunk, ignored=(*chunk.ignored, *unknown)) if chunk.finish else chunk
        except TooLong as error:
            if begun:
                raise
            if sampling.max_tokens and sampling.max_tokens > window.tokens:
                # The larger part of what was too much is the room for the reply, which need not be so long.
                sampling, unknown = replace(sampling, max_tokens=None), [*unknown, "max_tokens"]
                continue
            smaller = _smaller(error.detail, size, window)
            less = fitted(smaller)
            if shrunk or len(less.messages) == len(window.messages):
                raise
            size = size if _is_confirmed(error.detail, size) else _learn(source, name, smaller)
            window, shrunk = less, True
        else:
            return


def _context(window: context.Window, size: int) -> Context:
    return Context(first=window.first, left_out=window.left_out, tokens=window.tokens, size=size)


def _asked(
    backend: Backend, source: Source, window: context.Window, name: str, sampling: Sampling
) -> AsyncGenerator[Chunk, None]:
    ask = partial(backend.reply, window.messages, name, sampling)
    reply = apart(insistent(partial(in_turn, source.key, source.config.at_once, source.config.asker, ask)))
    last = window.messages[-1]
    return continued(reply, last["content"]) if last["role"] == "assistant" else reply


async def _window(config: Config, model: str) -> int:
    source, name = source_of(config, model)
    known = backend_for(source.config).context_length(name)
    known = known or (await catalog.model(config, model, seconds=0)).context_length or config.context_length
    return min(known, _recalled(source, name) or known)


def _learn(source: Source, name: str, size: int) -> int:
    place = hash((source.key, name))
    _learned[place] = size, time.monotonic() + LEARNED_SECONDS
    _learned.move_to_end(place)
    if len(_learned) > MOST_LEARNED:
        _learned.popitem(last=False)
    return size


def _recalled(source: Source, name: str) -> int | None:
    place = hash((source.key, name))
    size, until = _learned.pop(place, (0, 0.0))
    if until < time.monotonic():
        return None
    _learned[place] = size, until
    return size


def _measure(backend: Backend, name: str) -> context.Measure:
    """The model's own count where that costs nothing."""

    def measure(text: str) -> int:
        counted = backend.count_tokens(name, storable.clean(text))
        return context.estimate(text) if counted is None else counted + context.FRAME_TOKENS

    return measure


def _smaller(detail: str, size: int, window: context.Window) -> int:
    """What the server says it has room for; else three fifths of what was too much."""
    least = min(size, window.tokens)
    believable = [number for number in _told(detail) if number < max(size, least)]
    return min(believable) if believable else max(least * 3 // 5, 256)


def _is_confirmed(detail: str, size: int) -> bool:
    """Whether the server has the room it was believed to have: then only these messages are larger than estimated."""
    told = _told(detail)
    return bool(told) and min(told) >= size


def _told(detail: str) -> list[int]:
    numbers = [int(number) for found in _TOLD.findall(detail) for number in found if number]
    return [number for number in numbers if number >= 256]
