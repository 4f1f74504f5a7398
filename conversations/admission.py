"""The rows of a reply: may it begin, has its question been saved, how did it end. All of it runs on the writer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from conversations.models import Conversation, Piece, Reply
from conversations.refusals import NotYours, SaidOtherwise, StillAnswering, TooManyReplies


@dataclass(frozen=True)
class Admission:
    reply: UUID
    fresh: bool
    """False when this question, or this reply, has been admitted before: a double click, a retried request."""


def door(owner: UUID, conversation: UUID) -> Conversation | None:
    """The owner's conversation, None when nobody has one under this id; NotYours when somebody else has."""
    row = Conversation.objects.filter(id=conversation).first()
    if row and row.owner_id != owner:
        raise NotYours
    return row


def reply_of(owner: UUID, conversation: UUID, reply: UUID) -> Reply | None:
    return Reply.objects.filter(id=reply, conversation=conversation, conversation__owner=owner).first()


def admit(owner: UUID, conversation: UUID, question: UUID, reply: UUID, *, parent: UUID | None, again: bool,
          backend: str) -> Admission:  # fmt: skip
    """Makes the reply's row, and the conversation's where it is new.

    `again` asks for one more reply to a question that may have others; otherwise a question has one.
    """
    with transaction.atomic():
        # Two requests of one user count their running replies one after the other.
        get_user_model().objects.select_for_update().get(id=owner)
        row = Conversation.objects.filter(id=conversation).first()
        if row is None:
            row = Conversation.objects.create(id=conversation, owner_id=owner)
        elif row.owner_id != owner:
            raise NotYours
        if earlier := _admitted_before(row, question, reply, again=again):
            return Admission(earlier.id, fresh=False)
        running = Reply.objects.running().filter(conversation__owner=owner, heartbeat_at__gt=stale_before())
        if Reply.objects.filter(id=reply).exists():
            raise SaidOtherwise
        if (parent and running.filter(id=parent).exists()) or (again and running.filter(question=question).exists()):
            raise StillAnswering
        if running.count() >= settings.REPLIES_AT_ONCE:
            raise TooManyReplies
        Reply.objects.create(id=reply, conversation=row, question=question, backend=backend)
    return Admission(reply, fresh=True)


def _admitted_before(row: Conversation, question: UUID, reply: UUID, *, again: bool) -> Reply | None:
    replies = row.replies.filter(question=question)
    return (replies.filter(id=reply) if again else replies).order_by("started_at").first()


def runs(reply: UUID) -> bool:
    return Reply.objects.running().filter(id=reply).exists()


def stale_before() -> datetime:
    """A running reply whose heartbeat is older has lost its process."""
    return timezone.now() - timedelta(seconds=settings.REPLY_STALE_SECONDS)


def withdraw(reply: UUID) -> None:
    """The question could not be saved: as if nobody had asked."""
    with transaction.atomic():
        row = Reply.objects.filter(id=reply).select_related("conversation").first()
        if row is None:
            return
        row.delete()
        if not row.conversation.visible and not row.conversation.replies.exists():
            row.conversation.delete()


def question_saved(conversation: UUID, reply: UUID, *, messages: int, model: str) -> Conversation:
    """The question is in the store: from now on the conversation is there for its owner."""
    now = timezone.now()
    with transaction.atomic():
        Reply.objects.filter(id=reply).update(model=model, heartbeat_at=now)
        Conversation.objects.filter(id=conversation).update(
            visible=True, updated_at=now, message_count=messages, model=model
        )
    return Conversation.objects.get(id=conversation)


def ended(conversation: UUID, reply: UUID, *, messages: int, **numbers: Any) -> None:
    """The reply is in the store: its row keeps the numbers, its pieces go."""
    now = timezone.now()
    with transaction.atomic():
        Reply.objects.filter(id=reply).update(ended_at=now, **numbers)
        Piece.objects.filter(reply=reply).delete()
        Conversation.objects.filter(id=conversation).update(visible=True, updated_at=now, message_count=messages)


TITLE_ATTEMPTS = 2
"""How often a model is asked to name one conversation."""


def entitle(conversation: UUID, title: str, title_by: str, *, asked: bool) -> bool:
    """Saves a title the user did not choose; False when there is one as good already."""
    rows = Conversation.objects.filter(id=conversation)
    if asked:
        rows.update(title_attempts=F("title_attempts") + 1)
    rows = rows.exclude(title_by=Conversation.TitleBy.USER)
    if title_by == Conversation.TitleBy.FALLBACK:
        rows = rows.filter(title="")
    return bool(rows.update(title=title[:200], title_by=title_by))
