"""Conversations that everybody with a link may read, until a message.

What is said later, or on another branch, stays private.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from conversations.models import Conversation
from conversations.refusals import Invalid
from conversations.transcript import Transcript
from conversations.transcripts import change


def share(row: Conversation, now: datetime) -> None:
    """It can be read until what is shown last by now; its link, once made, stays the same.

    Raises Invalid where nothing has been said, Deleted and StoreError.
    """

    def publish(transcript: Transcript) -> None:
        if transcript.leaf is None:
            raise Invalid({"on": [_("There is nothing to share yet.")]})
        link = transcript.share.link if transcript.share else None
        transcript.set_share(UUID(link) if link else uuid4(), transcript.leaf, now)

    _follow(row, change(row, publish).transcript)


def withdraw(row: Conversation, now: datetime) -> None:
    """Nobody can read it any more, and its link is never used again. Raises Deleted and StoreError."""
    # At once for all who look for it, whatever becomes of the store.
    Conversation.objects.filter(id=row.id).update(shared=None)
    _follow(row, change(row, lambda transcript: _close(transcript, now)).transcript)


def _close(transcript: Transcript, now: datetime) -> None:
    if link_of(transcript):
        transcript.set_share(None, None, now)


def link_of(transcript: Transcript) -> UUID | None:
    return UUID(transcript.share.link) if transcript.share and transcript.share.link else None


def rows_with(link: UUID) -> list[Conversation]:
    """One, but for copies that somebody has put into the store. None of an account that is closed or locked."""
    return list(Conversation.objects.filter(shared=link, visible=True, deleted_at=None, owner__is_active=True))


def _follow(row: Conversation, transcript: Transcript) -> None:
    with transaction.atomic():
        there = Conversation.objects.select_for_update().filter(id=row.id).first()
        if there and there.shared != link_of(transcript):
            there.shared = link_of(transcript)
            there.save(update_fields=["shared"])
