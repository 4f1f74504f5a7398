"""The threads of this process through which running replies touch the database: one for SQLite, else a few.

Tasks outside a request would otherwise queue on Django's global thread, or each open a connection of its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from threading import Barrier
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connection

from conversations.connections import connected

P = ParamSpec("P")
T = TypeVar("T")

_threads = ThreadPoolExecutor(settings.DATABASE_WRITERS, "writer")
_usual: deque[Callable[[], None]] = deque()
_first: deque[Callable[[], None]] = deque()


async def write(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls `act` on a writer's thread; after a restart of the database the next call has a new connection."""
    return await _in_turn(_usual, partial(act, *args, **kwargs))


async def write_first(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `write`, before all that wait: what is shown must be safe in a second, however many replies begin in it."""
    return await _in_turn(_first, partial(act, *args, **kwargs))


async def _in_turn(line: deque[Callable[[], None]], act: Callable[[], T]) -> T:
    done: Future[T] = Future()

    def job() -> None:
        if done.set_running_or_notify_cancel():
            try:
                done.set_result(connected(act))
            except BaseException as error:  # noqa: BLE001 - the caller gets it
                done.set_exception(error)

    line.append(job)
    _threads.submit(_do_next)
    return await asyncio.wrap_future(done)


def _do_next() -> None:
    """One job for each that was put in a line, which need not be that one."""
    (_first or _usual).popleft()()


def let_go() -> None:
    """Gives the connections back; the next calls have new ones."""
    all_here = Barrier(settings.DATABASE_WRITERS)

    def close() -> None:
        all_here.wait()
        connection.close()

    wait([_threads.submit(close) for _ in range(settings.DATABASE_WRITERS)])
