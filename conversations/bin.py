"""What was deleted waits here for a few seconds, hidden, and can be taken back; then it is really deleted.

The row says since when. Every process looks into the bin, so it does not matter which of them lives on, and whatever
could not be deleted, because the store was away or a process died in the middle, is deleted at the next look.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import User
from conversations import changes
from conversations.models import Conversation, ConversationQuerySet, Reply
from conversations.store import StoreError
from conversations.transcripts import archive, on_a_thread
from conversations.writer import write

logger = logging.getLogger(__name__)

SECONDS = 10.0
"""How long what was deleted can be taken back."""

MOST = 200
"""How many can be deleted in one act."""

EVERY = 5.0
"""Seconds between two looks, at most: each look sees what is due until the next."""

AT_ONCE = 4
"""Few of the threads that wait for the store: those who talk need them."""

BEYOND_RECALL = datetime(1970, 1, 1, tzinfo=UTC)
"""In the place of the time: its object is being deleted, whatever any clock says."""


def throw_away(owner: UUID, conversations: Collection[UUID]) -> list[UUID]:
    """Those of them that were there; from now on they are not, and what is being said in them ends."""
    with transaction.atomic():
        rows = Conversation.objects.owned_by(User(id=owner)).filter(id__in=conversations)
        thrown = list(rows.select_for_update().values_list("id", flat=True))
        Conversation.objects.filter(id__in=thrown).update(deleted_at=timezone.now())
        Reply.objects.running().filter(conversation__in=thrown).update(stop_requested=True)
    if thrown:
        changes.tell_of_deletion(owner)
    return thrown


def take_back(owner: UUID, conversations: Collection[UUID]) -> list[UUID]:
    """Those of them that were still in the bin: they are as they were before."""
    with transaction.atomic():
        rows = _in_time(owner).filter(id__in=conversations)
        back = list(rows.select_for_update().values_list("id", flat=True))
        Conversation.objects.filter(id__in=back).update(deleted_at=None, changed_at=timezone.now())
    if back:
        changes.tell_of_deletion(owner)
    return back


def thrown_last(user: User) -> list[Conversation]:
    """What the user deleted last, in one act, while it can be taken back."""
    rows = list(_in_time(user.pk).order_by("-deleted_at")[:MOST])
    return [row for row in rows if row.deleted_at == rows[0].deleted_at]


def seconds_left(row: Conversation) -> float:
    gone = timezone.now() - (row.deleted_at or BEYOND_RECALL)
    return max(0.0, SECONDS - gone.total_seconds())


def _in_time(owner: UUID) -> ConversationQuerySet:
    return Conversation.objects.filter(
        owner=owner, visible=True, deleted_at__gt=timezone.now() - timedelta(seconds=SECONDS)
    )


async def keep_emptying() -> None:
    """For as long as the process lives."""
    while True:
        pause = EVERY
        try:
            pause = await empty()
        except DatabaseError as error:
            logger.warning("The bin cannot be emptied, because the database does not answer: %s", error)
        except Exception:
            logger.exception("The bin could not be emptied")
        await asyncio.sleep(pause)


async def empty() -> float:
    """Deletes what can no longer be taken back; says in how many seconds to look again."""
    due: list[Conversation] = []
    later: list[Conversation] = []
    for row in await write(_waiting):
        (later if seconds_left(row) else due).append(row)
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(row: Conversation) -> None:
        async with turns:
            await _delete(row)

    await asyncio.gather(*map(in_turn, due))
    return min([EVERY, *map(seconds_left, later)])


def _waiting() -> list[Conversation]:
    return list(Conversation.objects.filter(deleted_at__isnull=False).order_by("deleted_at")[:1000])


async def _delete(row: Conversation) -> None:
    """The object goes before the row: what a failure leaves behind is deleted at the next look."""
    if not await write(_claim, row):
        return
    try:
        await on_a_thread(archive().delete, row.owner_id, row.id)
        await write(_forget, row)
    except (StoreError, DatabaseError) as error:
        logger.warning("Conversation %s could not be deleted yet: %s", row.id, error)


def _claim(row: Conversation) -> bool:
    """Either this or `take_back` finds it as it was."""
    rows = Conversation.objects.filter(id=row.id, deleted_at=row.deleted_at)
    return bool(rows.update(deleted_at=BEYOND_RECALL))


def _forget(row: Conversation) -> None:
    Conversation.objects.filter(id=row.id, deleted_at=BEYOND_RECALL).delete()
