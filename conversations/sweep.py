"""Finishes the replies of processes that have died, even if nobody looks."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone

from conversations import admission, health, live
from conversations.elsewhere import take_over
from conversations.models import Reply
from conversations.process import me
from conversations.writer import write

logger = logging.getLogger(__name__)


async def keep_sweeping() -> None:
    """For as long as the process lives."""
    sweeping: asyncio.Task[None] | None = None
    while True:
        try:
            stale = await write(_stale)
        except DatabaseError as error:
            logger.warning("The database does not answer: %s", error)
            health.could_not_look()
        else:
            health.looked()
            # It goes on looking meanwhile, or it would not know whether it still sees clearly.
            if health.sees_clearly() and (sweeping is None or sweeping.done()):
                sweeping = asyncio.ensure_future(sweep(stale))
        await asyncio.sleep(health.pause())


async def sweep(stale: list[Reply]) -> None:
    """Conversations at once, the replies of one after each other: they go into the same object."""
    conversations: dict[UUID, list[Reply]] = {}
    for row in stale:
        conversations.setdefault(row.conversation_id, []).append(row)
    await asyncio.gather(*map(_finish, conversations.values()))


async def _finish(rows: list[Reply]) -> None:
    for row in rows:
        if row.id in live.replies:
            continue
        try:
            await take_over(row)
            logger.warning("Reply %s lost its process; what it had said is kept", row.id)
        except Exception:
            # Claimed, and so stale again in a while: the next sweep after that tries once more. One that cannot be
            # finished, such as in a transcript of a newer version, must not keep the others from it.
            logger.exception("Reply %s could not be finished", row.id)


def try_to_write() -> None:
    """Changes nothing; raises DatabaseError where nothing could be changed."""
    with transaction.atomic():
        Reply.objects.filter(id=me()).update(heartbeat_at=timezone.now())  # there is none with this id


def _stale() -> list[Reply]:
    """A database that can be read but not written keeps the living from renewing their heartbeats: so it is written."""
    rows = Reply.objects.running().filter(heartbeat_at__lt=admission.stale_before())
    with transaction.atomic():
        try_to_write()
        return list(rows.select_related("conversation").order_by("heartbeat_at")[:100])
