"""Whether this process sees clearly enough to call another one dead.

After a time without the database, or asleep, every heartbeat looks stale. So nobody is called dead before this process
has looked at the database, over and over and on time, for as long as a heartbeat may take: by then those that live
have renewed theirs. Measured by the wall clock, which goes on while a computer sleeps.
"""

from __future__ import annotations

import time

from django.conf import settings

EVERY = 5.0
"""Seconds between two looks, at most."""

_first_look = _last_look = 0.0
_away = False


def pause() -> float:
    return min(EVERY, settings.REPLY_STALE_SECONDS / 2)


def looked() -> None:
    """The database has just answered."""
    global _first_look, _last_look, _away  # noqa: PLW0603
    _away = False
    now = time.time()
    if not _on_time(now):
        _first_look = now
    _last_look = now


def could_not_look() -> None:
    global _last_look, _away  # noqa: PLW0603
    _last_look = 0.0
    _away = True


def is_away() -> bool:
    """Whether the database could not be read, or not be written, when it was looked at last."""
    return _away


def sees_clearly() -> bool:
    now = time.time()
    return _on_time(now) and now - _first_look >= settings.REPLY_STALE_SECONDS


def _on_time(now: float) -> bool:
    return 0 <= now - _last_look <= pause() + settings.REPLY_STALE_SECONDS / 2
