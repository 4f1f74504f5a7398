"""What an account leaves behind: every object and every row, deleted in the background as the bin is emptied.

It is done twice. Who was let in before the account was closed may still be writing; what came too late for the first
look is found by the last, which begins when they have had their time, and finds nothing or is not the last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts import closing
from accounts.models import Closing
from conversations.models import Conversation, Piece, Reply, Said, Tagged
from conversations.store import StoreError
from conversations.transcripts import archive, on_a_thread
from conversations.writer import write

logger = logging.getLogger(__name__)

SETTLED = timedelta(seconds=10)
"""The time of those who were let in before."""

EVERY = 5.0
"""Seconds between two looks."""

AT_ONCE = 4
"""Few of the threads that wait for the store: those who talk need them."""

OBJECTS = 100
ROWS = 300
PAGES = 200
"""Small enough that those who talk do not wait for the database."""


def close(user_id: UUID) -> None:
    """Returns when nobody can use the account any more; the rest follows by itself."""
    with transaction.atomic():
        closing.close(user_id)
        Conversation.objects.filter(owner=user_id, shared__isnull=False).update(shared=None)
        Reply.objects.running().filter(conversation__owner=user_id).update(stop_requested=True)


async def forget_if_closed(owner: UUID, conversation: UUID) -> bool:
    """For whoever has made an object while the account was being closed."""
    if not await write(closing.is_closed, owner):
        return False
    await on_a_thread(archive().delete, owner, conversation)
    return True


async def keep_closing() -> None:
    """For as long as the process lives."""
    while True:
        try:
            await finish_all()
        except DatabaseError as error:
            logger.warning("Accounts cannot be deleted, because the database does not answer: %s", error)
        except Exception:
            logger.exception("Accounts could not be deleted")
        await asyncio.sleep(EVERY)


async def finish_all() -> None:
    for one in await write(closing.left_alone):
        if await write(closing.claim, one):
            try:
                await _finish(one)
            except (StoreError, DatabaseError) as error:
                logger.warning("An account could not be deleted completely yet: %s", error)
            await write(closing.let_go, one)


async def _finish(one: Closing) -> None:
    """One look. What a failure leaves behind is deleted at the next."""
    is_last = timezone.now() - one.at > SETTLED
    found = await _empty_store(one)
    while conversations := await write(_conversations, one.pk):
        found = True
        while await write(_forget_rows, conversations):
            await write(closing.renew, one)
    after = await write(closing.forget_sessions, one.pk)
    while after:
        after = await write(closing.forget_sessions, one.pk, after)
    await write(closing.forget_counts, one.pk)
    if is_last and not found:
        await _merge_words(one)
        await write(closing.remove, one.pk)


async def _empty_store(one: Closing) -> bool:
    """Whether there was anything."""
    store, found = archive().store, False
    keys = await on_a_thread(lambda: store.keys(f"users/{one.pk}/"))
    turns = asyncio.Semaphore(AT_ONCE)

    async def delete(key: str) -> None:
        async with turns:
            archive().memory.forget(key)
            await on_a_thread(store.delete, key)

    while some := await on_a_thread(_next, keys):
        found = True
        await asyncio.gather(*map(delete, some))
        if not await write(closing.renew, one):
            break
    archive().parts.forget(f"users/{one.pk}/")
    return found


def _next(keys: Iterable[str]) -> list[str]:
    return list(islice(keys, OBJECTS))


def _conversations(owner: UUID) -> list[UUID]:
    return list(Conversation.objects.filter(owner=owner).values_list("id", flat=True)[:ROWS])


def _forget_rows(conversations: list[UUID]) -> bool:
    """Some of what they have; False when they themselves are gone too."""
    said = list(Said.objects.filter(conversation__in=conversations).values_list("id", flat=True)[:ROWS])
    if said:
        Said.objects.filter(id__in=said).delete()
        return True
    with transaction.atomic():
        Piece.objects.filter(reply__conversation__in=conversations).delete()
        Reply.objects.filter(conversation__in=conversations).delete()
        Tagged.objects.filter(conversation__in=conversations).delete()
        Conversation.objects.filter(id__in=conversations).delete()
    return False


async def _merge_words(one: Closing) -> None:
    """The index of SQLite marks words as deleted, and loses them when its pieces are merged."""
    pages = -PAGES
    while await write(_merge, pages):
        pages = PAGES
        await write(closing.renew, one)


def _merge(pages: int) -> bool:
    """Some pages of the index; False when there is nothing to merge any more."""
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT total_changes()")
        before = cursor.fetchone()[0]
        cursor.execute("INSERT INTO conversations_words (conversations_words, rank) VALUES ('merge', %s)", [pages])
        cursor.execute("SELECT total_changes()")
        # As its documentation says: one change is the statement itself.
        return bool(cursor.fetchone()[0] - before >= 2)
