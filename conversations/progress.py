"""How far a long command has come, for who watches it; and how to go on after it has been interrupted."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from django.core.management.base import CommandError, OutputWrapper
from django.db import OperationalError

from conversations.store import StoreError, StoreUnavailable

INTERRUPTED = 130
UNFINISHED = 2


class Progress:
    """A line that renews itself every second on a terminal; elsewhere a new line every ten.

    As a context it turns an interruption and an outage into a sentence that says how to go on, and an exit code.
    """

    def __init__(self, stream: OutputWrapper, command: str) -> None:
        self.stream = stream
        self.command = command
        self.seen = 0
        self.after = ""
        self._terminal = stream.isatty()
        self._began = self._shown = time.monotonic()

    def step(self, seen: int, after: str) -> None:
        self.seen += seen
        self.after = after or self.after
        now = time.monotonic()
        if now - self._shown >= (1 if self._terminal else 10):
            self._shown = now
            self.stream.write(("\r\x1b[K" if self._terminal else "") + self.line, ending="" if self._terminal else "\n")
            self.stream.flush()

    @property
    def line(self) -> str:
        rate = self.seen / max(time.monotonic() - self._began, 0.001)
        return f"{self.seen:,} conversations, {rate:,.0f} a second"

    def clear(self) -> None:
        """Before something else is written to the terminal."""
        if self._terminal:
            self.stream.write("\r\x1b[K", ending="")
            self.stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.clear()
        if isinstance(error, KeyboardInterrupt):
            self.stream.write(f"Interrupted after {self.seen:,} conversations. {self._how_to_go_on}")
            raise SystemExit(INTERRUPTED) from None
        if isinstance(error, OperationalError):
            error = StoreUnavailable(f"The database cannot be used: {str(error).splitlines()[0]}.")
        if isinstance(error, StoreError):
            raise CommandError(f"{error} {self._how_to_go_on}", returncode=UNFINISHED) from None

    @property
    def _how_to_go_on(self) -> str:
        after = f" --after {self.after}" if self.after else ""
        return f"Go on with: manage.py {self.command}{after}"
