"""Work that goes on when who began it has gone away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from django.db import DatabaseError

from conversations import live
from conversations.store import StoreError
from watching.log import fresh_context

T = TypeVar("T")
logger = logging.getLogger(__name__)

PAUSES = (0.5, 2.0, 5.0)
"""Seconds between the attempts to save a finished reply while the store or the database is away."""

_tasks: set[asyncio.Task[Any]] = set()


def detached(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Runs on when the request that began it has gone away, and holds none of its threads."""
    task = asyncio.create_task(work, context=fresh_context())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return task


async def insisting(act: Callable[[], Awaitable[T]]) -> T:
    """What `act` gives once the store and the database let it; raises what they say after the last attempt."""
    # A process that is about to end has no time for the longest.
    for pause in PAUSES[: 2 if live.draining else None]:
        try:
            return await act()
        except (StoreError, DatabaseError) as error:
            logger.warning("Once more in %s s: %s", pause, error)
            await asyncio.sleep(pause)
    return await act()
