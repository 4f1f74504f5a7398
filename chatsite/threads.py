"""The threads on which requests touch the database. They stay, and with them SQLite's open file and what it remembers.

Django starts a thread for each request and ends it with the request, and opens the database anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connections

from conversations.connections import database_file

KEPT = 4
"""As many as work at once on a machine of a few cores. In a rush there are more, each until its request has ended."""


class Thread(ThreadPoolExecutor):
    """Does one job after the other. It starts with the first."""

    def __init__(self) -> None:
        super().__init__(1, "request")
        self._has_started = False

    def submit(self, act: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self._has_started = True
        return super().submit(act, *args, **kwargs)

    def end(self) -> None:
        """Once its last job is done."""
        if self._has_started:
            self.submit(connections.close_all)
        self.shutdown(wait=False)


class Threads:
    """For one event loop."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._idle: list[Thread] = []
        self._file: tuple[int, int] | None = None

    @contextmanager
    def lent(self) -> Iterator[Thread]:
        """One for all the jobs of a request."""
        if (file := database_file()) != self._file:
            # What is written to a database that somebody has replaced is lost.
            self._replaced(file)
        thread = self._idle.pop() if self._idle else Thread()
        try:
            yield thread
        finally:
            if len(self._idle) < self._kept and file == self._file:
                self._idle.append(thread)
            else:
                thread.end()

    def _replaced(self, file: tuple[int, int] | None) -> None:
        for thread in self._idle:
            thread.end()
        self._idle, self._file = [], file
