"""Replies that do not run in this process: followed through the database, or taken over when theirs has died."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from uuid import UUID

from asgiref.sync import async_to_sync
from django.utils import timezone

from conversations import admission, health, live
from conversations.archive import Deleted
from conversations.ending import enter, is_entered, message_of
from conversations.events import Event, done, failed
from conversations.live import LiveReply
from conversations.message import Message
from conversations.models import Conversation, Piece, Reply
from conversations.offer import failure_sentence
from conversations.page import html_of
from conversations.process import me
from conversations.refusals import NotYours
from conversations.store import StoreError
from conversations.transcript import Transcript
from conversations.transcripts import archive, on_a_thread
from conversations.writer import write
from watching import replies

logger = logging.getLogger(__name__)

POLL = 0.5
"""Seconds between two looks at what another process has saved."""

_mirrors: dict[UUID, LiveReply] = {}
_tasks: set[asyncio.Task[None]] = set()


async def mirror(row: Reply) -> LiveReply:
    """What the other process shows, at most one second later. One mirror serves all who watch from here."""
    if row.id not in _mirrors:
        before = await on_a_thread(_before, row) if row.rev > 1 else None
        row, pieces = await write(_progress, row, 0)
        if row.id not in _mirrors:
            shown = _mirrors[row.id] = LiveReply(row.id, row.conversation_id, before=before)
            # Who comes is shown at once what is there.
            number = _next(pieces, 0) if is_entered(row, pieces, before) else _show(shown, pieces, 0)
            task = asyncio.create_task(_follow(row, shown, number))
            _tasks.add(task)
            task.add_done_callback(_tasks.discard)
    return _mirrors[row.id]


async def _follow(row: Reply, shown: LiveReply, number: int) -> None:
    rev = row.rev
    try:
        while not row.finish:
            if orphaned(row):
                row = await take_over(row)
            else:
                await asyncio.sleep(POLL)
            row, pieces = await write(_progress, row, number)
            if row.rev != rev:
                # It has ended and goes on already: who watches comes back for that.
                return
            number = _show(shown, pieces, number)
        shown.end((await outcome_of(row))[-1])
    except Exception:
        logger.exception("Reply %s can no longer be followed", row.id)
    finally:
        _mirrors.pop(row.id, None)
        shown.close()


def _show(shown: LiveReply, pieces: list[Piece], number: int) -> int:
    """Says which piece comes next."""
    if pieces:
        shown.add("".join(piece.text for piece in pieces), "".join(piece.reasoning for piece in pieces))
    return _next(pieces, number)


def _next(pieces: list[Piece], number: int) -> int:
    return pieces[-1].number + 1 if pieces else number


def _progress(row: Reply, number: int) -> tuple[Reply, list[Piece]]:
    pieces = list(Piece.objects.filter(reply=row.id, number__gte=number).order_by("number"))
    return Reply.objects.select_related("conversation").filter(id=row.id).first() or _gone(row), pieces


def _gone(row: Reply) -> Reply:
    row.finish = "failed"
    return row


def _before(row: Reply) -> Message | None:
    """The message that is being continued; None for a new one. Waits for the store."""
    opened = archive().load(row.conversation.owner_id, row.conversation_id)
    return archive().message(opened.transcript, row.id) if opened else None


def orphaned(row: Reply) -> bool:
    """Whether it has lost its process, as far as this one can tell."""
    return row.heartbeat_at < admission.stale_before() and health.sees_clearly()


def settle(conversation: Conversation) -> Reply | None:
    """The reply that is being written in this conversation; those whose process has died are finished first."""
    unfinished = None
    running = conversation.replies.running()
    # Nearly always there is none, and to learn that takes half the time.
    for row in running.order_by("started_at") if running.exists() else ():
        if row.id not in live.replies and orphaned(row):
            # With the store away the sweep does it, when it is back.
            with suppress(StoreError):
                row = async_to_sync(take_over)(row)  # noqa: PLW2901
        if not row.finish:
            unfinished = row
    return unfinished


async def take_over(row: Reply) -> Reply:
    """Finishes a reply whose process has died, with what it had saved; of many who try, one does."""
    if not await write(_claim, row):
        await asyncio.sleep(POLL)
        return row
    row, pieces = await write(_progress, row, 0)
    text = "".join(piece.text for piece in pieces)
    reasoning = "".join(piece.reasoning for piece in pieces)

    def finish(transcript: Transcript) -> None:
        # Its process may have died between the transcript and the row.
        before = archive().message(transcript, row.id)
        if archive().message(transcript, row.question) and not is_entered(row, pieces, before):
            enter(transcript, message_of(row, text, reasoning, None, before), before, timezone.now())

    try:
        opened = await on_a_thread(archive().change, row.conversation.owner_id, row.conversation_id, finish)
        saved = await on_a_thread(archive().message, opened.transcript, row.id)
    except Deleted:
        saved = None
    if saved is None:
        # The question never came to be in the store: sent again it is asked anew.
        await write(admission.withdraw, row.id)
    else:
        row.finish = saved.finish or "interrupted"
        await write(admission.ended, opened, row.id, row.finish, saved)
        # Its process may have died before it had told the row.
        await write(admission.call, Conversation.objects.filter(id=row.conversation_id), opened.transcript)
        _tell(row)
    row.finish = row.finish or "interrupted"
    return row


def _tell(row: Reply) -> None:
    """Unless the model had ended: then the process that is gone has told."""
    if not row.outcome:
        numbers = {"first_ms": row.first_ms, "total_ms": row.total_ms, "tokens": row.completion_tokens}
        replies.ended(
            row.id, row.conversation_id, model=row.model, backend=row.backend, finish=row.finish, code=None, **numbers
        )


def _claim(row: Reply) -> bool:
    claimed = Reply.objects.running().filter(id=row.id, heartbeat_at=row.heartbeat_at)
    return bool(claimed.update(heartbeat_at=timezone.now(), process=me()))


def _conversation_of(row: Reply) -> Conversation | None:
    return Conversation.objects.filter(id=row.conversation_id).first()


async def outcome_of(row: Reply) -> list[Event]:
    """A snapshot of an ended reply, then how it ended."""
    conversation = await write(_conversation_of, row)
    opened = await on_a_thread(archive().load, conversation.owner_id, conversation.id) if conversation else None
    message = await on_a_thread(archive().message, opened.transcript, row.id) if opened else None
    if message is None:
        return [failed("not_found", NotYours.sentence)]
    html = await on_a_thread(html_of, message)
    blocks = html.count('<div class="block">')
    snapshot = Event("snapshot", {"html": html, "chars": len(message.text), "blocks": blocks})
    if message.finish == "failed":
        sentence = failure_sentence(message.error)
        return [snapshot, failed(message.error or "upstream", sentence)]
    return [snapshot, done(message, html)]
