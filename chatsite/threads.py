"""The threads on which requests touch the database. They stay, and with them SQLite's open file and what it remembers.

Django starts a thread for each request and ends it with the request, and opens the database anew.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from django.db import connections

from conversations.connections import database_file

KEPT = 4
"""As many as work at once on a machine of a few cores. In a rush there are more, each until its request has ended."""


class Threads:
    """For one event loop."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._idle: list[ThreadPoolExecutor] = []
        self._file: tuple[int, int] | None = None

    def take(self) -> ThreadPoolExecutor:
        if (file := database_file()) != self._file:
            # What is written to a database that somebody has replaced is lost.
            for thread in self._idle:
                _end(thread)
            self._idle, self._file = [], file
        return self._idle.pop() if self._idle else ThreadPoolExecutor(1, "request")

    def give_back(self, thread: ThreadPoolExecutor) -> None:
        if len(self._idle) < self._kept and database_file() == self._file:
            self._idle.append(thread)
        else:
            _end(thread)


class Lent(Executor):
    """The thread of one request, from the first job it has for it: many only wait, and have none."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._thread: ThreadPoolExecutor | None = None
        self._last_job: Future[Any] | None = None

    def __enter__(self) -> Self:
        return self

    def submit(self, act: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self._thread is None:
            self._thread = self._threads.take()
        job = self._last_job = self._thread.submit(act, *args, **kwargs)
        return job

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._thread is None:
            return
        if kind is None and self._last_job and self._last_job.done():
            self._threads.give_back(self._thread)
        else:
            # The visitor has left. It may still be at work, and nobody tells its connection that the request has ended.
            _end(self._thread)
        self._thread = None


def _end(thread: ThreadPoolExecutor) -> None:
    """Once its last job is done."""
    thread.submit(connections.close_all)
    thread.shutdown(wait=False)
