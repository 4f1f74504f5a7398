"""A server that is busy is asked again, as long as nothing of the reply has come."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from llm.chunk import Chunk, Waiting
from llm.errors import Busy, LLMError, RateLimited

DELAYS = (0.5, 2.0)
"""Seconds before the second and the third attempt, where the server names none; up to half as much again, by chance,
so that many who were refused at once do not come back at once."""

LONGEST = 20.0
"""Seconds a reader is kept waiting; who names more is believed, and the reader is told."""


async def insistent(ask: Callable[[], AsyncGenerator[Chunk, None]]) -> AsyncGenerator[Chunk, None]:
    """The chunks of the first attempt that the server does not refuse for being too busy."""
    for delay in (*DELAYS, None):
        begun = False
        try:
            async with aclosing(ask()) as chunks:
                async for chunk in chunks:
                    begun = begun or chunk.waiting is None
                    yield chunk
        except (RateLimited, Busy) as error:
            seconds = _wait(error, delay)
            if begun or seconds is None:
                raise
        else:
            return
        yield Chunk(waiting=Waiting(what="retrying", seconds=math.ceil(seconds)))
        await asyncio.sleep(seconds)


def _wait(error: LLMError, delay: float | None) -> float | None:
    """None where it is no use."""
    if delay is None or (error.retry_after or 0) > LONGEST:
        return None
    if error.retry_after is not None:
        # Whoever says 0 is asked a little later all the same.
        return max(float(error.retry_after), DELAYS[0])
    return delay * random.uniform(1, 1.5)  # noqa: S311  no secret
