"""A new title, because the user asks for one: the model is asked again, within a bounded time and not too often."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from conversations import search
from conversations.archive import Deleted
from conversations.background import detached
from conversations.models import Conversation
from conversations.past import title_of
from conversations.refusals import AlreadyNaming, NoTitle, NotYours, StillAnswering, StoreAway, TooManyTitles
from conversations.store import StoreError
from conversations.transcript import TitleBy, Transcript
from conversations.transcripts import archive, on_a_thread
from conversations.writer import write

AT_MOST = 20
WITHIN = 600
"""Seconds in which a user may ask for so many titles."""

LONGEST = 60
"""Seconds after which a process that was asking has surely ended: the model has 15, the store its time-outs."""


async def entitle(owner: User, conversation: UUID) -> tuple[str, TitleBy]:
    """The title it has from now on, also in the place of one the user chose before they asked. Raises Refused."""
    return await asyncio.shield(detached(_entitle(owner, conversation)))


async def _entitle(owner: User, conversation: UUID) -> tuple[str, TitleBy]:
    await write(allow, owner, conversation)
    try:
        opened = await on_a_thread(archive().load, owner.pk, conversation)
        if opened is None:
            raise NotYours
        title, by = await title_of(owner, opened.transcript)
        if by == "fallback" and settings.LLM.titles and settings.LLM.backend != "guide":
            raise NoTitle
        called = await on_a_thread(
            archive().change, owner.pk, conversation, lambda transcript: _call(transcript, title, by)
        )
        # The user may have named it meanwhile.
        kept = called.transcript
        await write(_follow, conversation, kept.title, kept.title_by)
    except Deleted as error:
        raise NotYours from error
    except StoreError as error:
        raise StoreAway from error
    finally:
        await write(cache.delete, _key(conversation))
    return kept.title, kept.title_by


def allow(owner: User, conversation: UUID) -> None:
    """From now on it is being named. Raises Refused."""
    row = Conversation.objects.owned_by(owner).filter(id=conversation).first()
    if row is None:
        raise NotYours
    if row.replies.running().exists():
        # What it saves might bring back the title it knows.
        raise StillAnswering
    asked = f"titles:{owner.pk}:{int(time.time() // WITHIN)}"
    if not cache.add(_key(conversation), True, LONGEST):
        raise AlreadyNaming
    number = cache.get(asked, 0)
    if number >= AT_MOST:
        cache.delete(_key(conversation))
        raise TooManyTitles
    cache.set(asked, number + 1, WITHIN)


def _key(conversation: UUID) -> str:
    return f"naming:{conversation}"


def _call(transcript: Transcript, title: str, by: TitleBy) -> None:
    # The user, who may name it as they like, wishes the model to.
    transcript.title_by = "fallback"
    transcript.set_title(title, by, timezone.now())


def _follow(conversation: UUID, title: str, by: TitleBy) -> None:
    rows = Conversation.objects.filter(id=conversation)
    with transaction.atomic():
        rows.update(title=title[:200], title_by=by, changed_at=timezone.now())
        search.titled(conversation)
