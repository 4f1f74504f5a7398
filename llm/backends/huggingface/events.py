"""The events of a stream, taken from the bytes as they come.

The hub's client chooses provider, address and key and sends the request. Its parser is not used: it makes a tree of
objects of each event, which costs several times what is needed here.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from llm import errors
from llm.backends.huggingface import failures
from llm.backends.huggingface.transport import Exchange

Event = dict[str, Any]


async def batches(exchange: Exchange) -> AsyncGenerator[list[Event], None]:
    """What has come at once, together; before what breaks the stream, all that came before it.

    Raises LLMError for an event that says what went wrong, and ValueError for what is no event.
    """
    async with aclosing(exchange.lines()) as parts:
        async for lines in parts:
            batch: list[Event] = []
            broken: Exception | None = None
            for line in lines.splitlines():
                try:
                    if event := _event(line):
                        batch.append(event)
                except (ValueError, errors.LLMError) as error:
                    broken = error
                    break
            if batch:
                yield batch
            if broken:
                raise broken


def _event(line: bytes) -> Event | None:
    if not line.startswith(b"data:"):
        return None
    data = line[5:].strip()
    if not data or data == b"[DONE]":
        return None
    try:
        event = json.loads(data.decode("utf-8", "replace"))
    except RecursionError:
        raise errors.Upstream("an event without a bottom") from None
    if not isinstance(event, dict):
        raise errors.Upstream("an event that is no object")
    if event.get("error") is not None:
        raise failures.of_event(event)
    choices = event.get("choices")
    if isinstance(choices, list) and not all(isinstance(choice, dict) for choice in choices):
        raise errors.Upstream("a choice that is no object")
    return event
