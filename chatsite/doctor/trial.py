"""The real thing, tried once: a reply and a title for it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Literal

from django.conf import settings

import llm
from chatsite.doctor.finding import status

QUESTION = "Say in two sentences what the sea is."
MARGIN = 60.0
"""Seconds a whole reply may take beyond those its first word may."""

CHARACTERS = 4
"""Of a token, about, where the server does not count."""

Outcome = Literal["ok", "failed", "not tried"]


@dataclass(frozen=True)
class Step:
    name: str
    outcome: Outcome
    says: str
    seconds: float = 0.0


def talk(model: str | None) -> list[Step]:
    """A reply, then a title for it."""
    return asyncio.run(_talk(model))


async def _talk(model: str | None) -> list[Step]:
    if settings.LLM.backend == "guide" and not model:
        skipped = "no model is connected; the built-in guide needs no trial"
        return [Step("reply", "not tried", skipped), Step("title", "not tried", skipped)]
    reply, said = await _reply(model)
    if not said:
        return [reply, Step("title", "not tried", "there was no reply to name")]
    exchange: list[llm.Message] = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": said},
    ]
    if not settings.LLM.titles:
        return [reply, Step("title", "not tried", "LLM_TITLES is false")]
    began = time.monotonic()
    with warnings_of("llm.title") as warned:
        title = await llm.update_convo_summary(exchange, model=model, config=settings.LLM)
    took = time.monotonic() - began
    if title.by == "model":
        return [reply, Step("title", "ok", f"{len(title)} characters", took)]
    why = "; ".join(warned) or "what the model said is no title"
    return [reply, Step("title", "failed", f"The first words of the question would be the title: {why}", took)]


async def _reply(model: str | None) -> tuple[Step, str]:
    config, began = settings.LLM, time.monotonic()
    first: float | None = None
    text, tokens = "", None
    longest = min(config.total_timeout or float("inf"), config.first_timeout + MARGIN)
    try:
        async with asyncio.timeout(longest):
            reply = llm.get_reply([{"role": "user", "content": QUESTION}], model=model, config=config)
            async with aclosing(reply) as chunks:
                async for chunk in chunks:
                    if first is None and (chunk.text or chunk.reasoning):
                        first = time.monotonic() - began
                    text += chunk.text
                    tokens = chunk.usage.completion_tokens if chunk.usage else tokens
    except llm.LLMError as error:
        return failed("reply", f"{error} ({status(error)})", began), ""
    except TimeoutError:
        return failed("reply", f"It had not ended after {longest:.0f} s.", began), ""
    took = time.monotonic() - began
    if first is None or not text.strip():
        return failed("reply", "The model said nothing.", began), ""
    counted = tokens or max(len(text) // CHARACTERS, 1)
    speed = counted / max(took - first, 0.001)
    about = "" if tokens else "about "
    says = f"first word after {first:.2f} s, then {about}{speed:.0f} tokens/s ({about}{counted} tokens)"
    return Step("reply", "ok", says, took), text


@contextmanager
def warnings_of(name: str) -> Iterator[list[str]]:
    """What would have gone to the log."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    logger, ear = logging.getLogger(name), Ear(logging.WARNING)
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(ear)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
        logger.propagate = propagates


def failed(name: str, says: str, began: float) -> Step:
    return Step(name, "failed", says, time.monotonic() - began)
