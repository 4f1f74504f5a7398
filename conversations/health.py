"""Whether this process sees clearly enough to call another one dead.

After a time without the database, or asleep, every heartbeat looks stale. So nobody is called dead before this process
has been well for as long as a heartbeat may take: by then those that live have renewed theirs.
"""

from __future__ import annotations

import time

from django.conf import settings

_well_since = time.monotonic()


def not_well(seconds: float = 0.0) -> None:
    """Something was wrong, or will have been for so long."""
    global _well_since  # noqa: PLW0603
    _well_since = time.monotonic() + seconds


def sees_clearly() -> bool:
    return time.monotonic() - _well_since >= settings.REPLY_STALE_SECONDS
