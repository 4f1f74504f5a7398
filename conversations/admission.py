"""The rows of a reply: may it begin, has its question been saved, how did it end. All of it runs on a writer.

A reply belongs to the process that has its row; `talked` and `ended` do nothing for one that has lost it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from conversations import search
from conversations.archive import Opened
from conversations.message import Message
from conversations.models import Conversation, ConversationQuerySet, Piece, Reply, ReplyQuerySet
from conversations.process import me
from conversations.refusals import NotYours, Restarting, SaidOtherwise, StillAnswering, TooManyReplies
from conversations.transcript import Transcript


@dataclass(frozen=True)
class Admission:
    reply: UUID
    conversation: Conversation
    fresh: bool
    """False when this question, or this reply, has been admitted before: a double click, a retried request."""


def door(owner: UUID, conversation: UUID) -> Conversation | None:
    """The owner's conversation, None when nobody has one under this id; NotYours when somebody else has, or the bin."""
    # As `first` would, which sorts the one there is.
    row = next(iter(Conversation.objects.filter(id=conversation)), None)
    if row and (row.owner_id != owner or row.deleted_at):
        raise NotYours
    return row


def reply_of(owner: UUID, conversation: UUID, reply: UUID) -> Reply | None:
    rows = Reply.objects.filter(id=reply, conversation=conversation)
    rows = rows.filter(conversation__owner=owner, conversation__deleted_at=None)
    return rows.select_related("conversation").first()


def admit(owner: UUID, conversation: UUID, question: UUID, reply: UUID, *, parent: UUID | None, again: bool,
          backend: str, is_new: bool = False) -> Admission:  # fmt: skip
    """Makes the reply's row, and the conversation's where it is new.

    `again` asks for one more reply to a question that may have others; otherwise a question has one. `is_new` says that
    the conversation had no row a moment ago.
    """
    try:
        with transaction.atomic():
            _one_after_the_other(owner)
            row, made = _row(owner, conversation, is_new=is_new)
            if not made and (earlier := _admitted_before(row, question, reply, again=again)):
                return Admission(earlier.id, row, fresh=False)
            running = dict(_running(owner).values_list("id", "question"))
            if again and Reply.objects.filter(id=reply).exists():
                raise SaidOtherwise
            if (parent and parent in running) or (again and question in running.values()):
                raise StillAnswering
            if len(running) >= settings.REPLIES_AT_ONCE:
                raise TooManyReplies
            Reply.objects.create(id=reply, conversation=row, question=question, backend=backend, process=me())
    except IntegrityError:
        if not is_new:
            raise
        # Another request has made it since.
        return admit(owner, conversation, question, reply, parent=parent, again=again, backend=backend)
    return Admission(reply, row, fresh=True)


def _row(owner: UUID, conversation: UUID, *, is_new: bool) -> tuple[Conversation, bool]:
    """The conversation's row, made where there is none, and whether it was."""
    if not is_new and (row := door(owner, conversation)):
        return row, False
    return Conversation.objects.create(id=conversation, owner_id=owner), True


def readmit(
    owner: UUID, conversation: UUID, question: UUID, reply: UUID, *, rev: int, model: str, backend: str
) -> bool:
    """Opens the row of a reply again, to be written on as revision `rev`; False when somebody has done so before."""
    now = timezone.now()
    with transaction.atomic():
        _one_after_the_other(owner)
        row = Conversation.objects.owned_by(User(id=owner)).filter(id=conversation).first()
        if row is None:
            raise NotYours
        before = Reply.objects.filter(id=reply).first()
        if before and (not before.finish or before.rev >= rev):
            return False
        if _running(owner).count() >= settings.REPLIES_AT_ONCE:
            raise TooManyReplies
        # Where the rows were made anew from the store it has none.
        begun = Reply(id=reply, conversation=row, question=question, started_at=before.started_at if before else now)
        begun.rev, begun.process, begun.model, begun.backend = rev, me(), model, backend
        begun.save()
        begun.pieces.all().delete()
        Conversation.objects.filter(id=conversation).update(updated_at=now, changed_at=now)
    return True


def _one_after_the_other(owner: UUID) -> None:
    """Two requests of one user count their running replies in turn. Nobody speaks for an account that is closed."""
    users = get_user_model().objects.select_for_update().filter(id=owner, is_active=True)
    if not list(users.values_list("id")):
        raise NotYours


def _running(owner: UUID) -> ReplyQuerySet:
    return Reply.objects.running().filter(conversation__owner=owner, heartbeat_at__gt=stale_before())


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


def question_saved(opened: Opened, row: Conversation, reply: UUID, *, model: str, question: Message) -> None:
    """The question is in the store: from now on the conversation, of which `row` was admitted, is there for its
    owner."""
    now = timezone.now()
    with transaction.atomic():
        ours = Reply.objects.running().filter(id=reply, process=me())
        if not ours.update(model=model, heartbeat_at=now):
            # So late that another process has given it up; sent again it is asked again.
            raise Restarting
        news = {"visible": True, "updated_at": now, "changed_at": now, "model": model}
        if row.visible or not _begun(opened, question, news):
            _asked(opened, row, question, news)


def _begun(opened: Opened, question: Message, news: Mapping[str, Any]) -> bool:
    """The row of a conversation that nobody has seen, whose title nobody else has changed. False where one has."""
    unseen = Conversation.objects.filter(id=opened.transcript.id, visible=False)
    if begun := unseen.update(
        message_count=opened.transcript.count, tag=opened.tag, **_called(opened.transcript), **news
    ):
        search.begun(opened.transcript, question)
    return bool(begun)


def _asked(opened: Opened, row: Conversation, question: Message, news: Mapping[str, Any]) -> None:
    title = _called(opened.transcript)
    if _follow(_row_of(opened), opened, [question], news) and title != {name: getattr(row, name) for name in title}:
        call(_row_of(opened), opened.transcript)


def found(opened: Opened, model: str, said: Iterable[Message]) -> None:
    """The row of a conversation that is in the store already, and all that was said in it."""
    transcript = opened.transcript
    with transaction.atomic():
        Conversation.objects.get_or_create(
            id=transcript.id,
            defaults={
                "owner_id": transcript.owner.id,
                "model": model,
                "created_at": transcript.created_at,
                "updated_at": transcript.updated_at,
                "visible": True,
            },
        )
        index(opened, *said)


def index(opened: Opened, *said: Message, **news: Any) -> None:
    """The row follows what is in the store; of two that finish at the same time the earlier must not be the last."""
    if _follow(_row_of(opened), opened, said, news):
        call(_row_of(opened), opened.transcript)


def _row_of(opened: Opened) -> ConversationQuerySet:
    return Conversation.objects.filter(id=opened.transcript.id)


def _follow(rows: ConversationQuerySet, opened: Opened, said: Iterable[Message], news: Mapping[str, Any]) -> bool:
    """The row, in all but what it is called. False where there is none."""
    transcript = opened.transcript
    if not rows.update(message_count=Greatest(F("message_count"), transcript.count), tag=opened.tag, **news):
        return False
    search.said(transcript, *said)
    return True


def call(rows: ConversationQuerySet, transcript: Transcript) -> None:
    """What it is called in the store; a process may have died between saving a title there and here."""
    lesser = TITLES[: TITLES.index(transcript.title_by)]
    rows = rows.filter(title_by__in=lesser)
    with transaction.atomic(savepoint=False):
        if rows.update(**_called(transcript), changed_at=timezone.now()):
            search.called(transcript)


def _called(transcript: Transcript) -> dict[str, str]:
    return {"title": transcript.title[:200], "title_by": transcript.title_by}


TITLES = ["", "fallback", "model", "user"]
"""Who gives titles, from the one that any other replaces to the one that none does."""


Whose = Literal["ours", "taken", "gone"]


def talked(reply: UUID, *, whole: Piece | None, rest: Piece | None, outcome: str, **numbers: Any) -> Whose:
    """The model has ended: all it said is in the pieces, and how it ended beside them, until the store has both.

    `whole` replaces the pieces, where less is kept than the model had said; `rest` is the last of them.
    """
    with transaction.atomic():
        ours = Reply.objects.running().filter(id=reply, process=me())
        if not ours.update(outcome=outcome, heartbeat_at=timezone.now(), **numbers):
            return "taken" if Reply.objects.filter(id=reply).exists() else "gone"
        if whole:
            Piece.objects.filter(reply=reply).delete()
        if piece := whole or rest:
            piece.save(force_insert=True)
    return "ours"


def ended(opened: Opened, reply: UUID, finish: str, said: Message) -> bool:
    """The reply is in the store: its row keeps the numbers, its pieces go. False when all of it is in the bin."""
    now, row = timezone.now(), _row_of(opened)
    with transaction.atomic():
        ours = Reply.objects.running().filter(id=reply, process=me())
        if ours.update(ended_at=now, outcome=finish, finish=finish):
            Piece.objects.filter(reply=reply).delete()
            # What it is called was said at its beginning, and is said again by whoever saves another title.
            news = {"visible": True, "updated_at": now, "changed_at": now, "answered_at": now}
            if _follow(row.filter(deleted_at=None), opened, [said], news):
                return True
            _follow(row, opened, [said], news)
    return not row.filter(deleted_at__isnull=False).exists()


TITLE_ATTEMPTS = 2
"""How often a model is asked to name one conversation."""


def entitle(conversation: UUID, title: str, title_by: str, *, asked: int) -> bool:
    """Saves a title the user did not choose, for which a model was `asked` so often; False when there is one as good
    already."""
    rows = Conversation.objects.filter(id=conversation)
    if title_by == Conversation.TitleBy.FALLBACK:
        # The first words are there from the beginning; the page is told once that there is nothing better.
        there = rows.filter(title=title[:200], title_by=title_by, title_attempts=0)
        if there.update(title_attempts=asked, changed_at=timezone.now()):
            return True
    if asked:
        rows.update(title_attempts=F("title_attempts") + asked)
    if title_by == Conversation.TitleBy.FALLBACK:
        first = {"title_by__in": ("", Conversation.TitleBy.FALLBACK), "title_attempts__lte": 1}
        rows = rows.filter(**first)
    rows = rows.exclude(title_by=Conversation.TitleBy.USER)
    with transaction.atomic():
        if not rows.update(title=title[:200], title_by=title_by, changed_at=timezone.now()):
            return False
        search.titled(conversation)
    return True
