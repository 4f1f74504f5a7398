"""Finishes the replies of processes that have died, even if nobody looks."""

from __future__ import annotations

import asyncio
import logging
import time

from django.conf import settings
from django.db import DatabaseError

from conversations import admission, health, live
from conversations.elsewhere import take_over
from conversations.models import Reply
from conversations.store import StoreError
from conversations.writer import write

logger = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between two sweeps."""


async def keep_sweeping() -> None:
    """For as long as the process lives."""
    pause = min(EVERY, settings.REPLY_STALE_SECONDS / 2)
    while True:
        slept = time.monotonic()
        await asyncio.sleep(pause)
        if time.monotonic() - slept > pause + settings.REPLY_STALE_SECONDS / 2:
            health.not_well()
        try:
            stale = await write(_stale)
        except DatabaseError as error:
            logger.warning("The database does not answer: %s", error)
            health.not_well(pause)
            continue
        if health.sees_clearly():
            await sweep(stale)


async def sweep(stale: list[Reply]) -> None:
    for row in stale:
        if row.id in live.replies:
            continue
        try:
            await take_over(row)
            logger.warning("Reply %s lost its process; what it had said is kept", row.id)
        except (DatabaseError, StoreError):
            # Claimed, and so stale again in a while: the next sweep after that tries once more.
            logger.exception("Reply %s could not be finished", row.id)


def _stale() -> list[Reply]:
    rows = Reply.objects.running().filter(heartbeat_at__lt=admission.stale_before())
    return list(rows.select_related("conversation").order_by("heartbeat_at")[:100])
