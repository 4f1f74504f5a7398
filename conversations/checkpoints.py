"""Three times a second one transaction saves what running replies have said, renews them and reads who is to stop."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from typing import Literal
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone

from conversations import live
from conversations.live import LiveReply
from conversations.models import Piece, Reply, ReplyQuerySet
from conversations.process import me
from conversations.writer import write_first
from watching import metrics

logger = logging.getLogger(__name__)

INTERVAL = 1 / 3
"""Seconds. What is shown is to be safe within one, which leaves the rest to a busy database."""

_saving: asyncio.Task[None] | None = None
_round: asyncio.Task[None] | None = None


def keep_saving() -> None:
    """Sees to it that this process saves its replies for as long as any runs."""
    global _saving  # noqa: PLW0603
    if _saving is None or _saving.done() or _saving.get_loop() is not asyncio.get_running_loop():
        _saving = asyncio.create_task(_save_while_any_runs(), context=contextvars.Context())


async def _save_while_any_runs() -> None:
    began = time.monotonic()
    metrics.saved()
    while live.replies:
        metrics.saving_begins(len(live.replies), sum(reply.is_queued for reply in live.replies.values()))
        # From beginning to beginning: a slow round must not make the next one later.
        await asyncio.sleep(max(0.0, began + INTERVAL - time.monotonic()))
        began = time.monotonic()
        try:
            await save_once()
            metrics.saved()
        except Exception:
            # The next round saves this round's text too.
            logger.exception("Running replies could not be saved")
    metrics.none_runs()


async def save_once() -> None:
    """One round; `settled` waits for it."""
    global _round  # noqa: PLW0603
    _round = asyncio.ensure_future(_save_all())
    await _round


async def settled(reply: LiveReply) -> None:
    """From now on this reply's pieces are not saved here: returns when none of them is on its way any more."""
    reply.talking = False
    if _round and not _round.done() and _round.get_loop() is asyncio.get_running_loop():
        await asyncio.wait([_round])


async def _save_all() -> None:
    running = list(live.replies.values())
    unsaved = {reply.id: piece for reply in running if reply.talking and (piece := reply.unsaved)}
    saved, stops = await write_first(_save, [reply.id for reply in running], unsaved)
    for reply in running:
        if reply.id in saved:
            reply.mark_saved(unsaved[reply.id])
        if reply.id in stops:
            reply.stop(stops[reply.id])


Stops = dict[UUID, Literal["stopped", "interrupted"]]


def _save(running: list[UUID], unsaved: dict[UUID, live.Unsaved]) -> tuple[set[UUID], Stops]:
    """The replies whose pieces were saved, and those that are to stop: somebody said so, or they are no longer ours."""
    rows = Reply.objects.running().filter(id__in=running, process=me())
    try:
        with transaction.atomic():
            # Held until their pieces are there: who takes one over afterwards finds them, and takes them away.
            stop_requested, pieces = _ours(rows.select_for_update(no_key=True), unsaved)
            rows.update(heartbeat_at=timezone.now())
            # Of a commit whose answer was lost the pieces are there already, and say less.
            Piece.objects.bulk_create(
                pieces, update_conflicts=True, unique_fields=["reply", "number"], update_fields=["text", "reasoning"]
            )
        saved = {piece.reply_id for piece in pieces}
    except DatabaseError:
        stop_requested, pieces = _ours(rows, unsaved)
        saved = {piece.reply_id for piece in pieces if _saved_alone(piece)}
    lost: Stops = {reply: "interrupted" for reply in running if reply not in stop_requested}
    return saved, lost | {reply: "stopped" for reply, requested in stop_requested.items() if requested}


def _ours(rows: ReplyQuerySet, unsaved: dict[UUID, live.Unsaved]) -> tuple[dict[UUID, bool], list[Piece]]:
    """Which of the replies are to stop, and the pieces of those that are ours."""
    stop_requested = dict(rows.values_list("id", "stop_requested"))
    pieces = [Piece(reply_id=reply, **piece._asdict()) for reply, piece in unsaved.items() if reply in stop_requested]
    return stop_requested, pieces


def _saved_alone(piece: Piece) -> bool:
    """One bad row, such as that of a conversation just deleted, must not cost the others their text."""
    try:
        with transaction.atomic():
            ours = Reply.objects.running().filter(id=piece.reply_id, process=me())
            if not ours.update(heartbeat_at=timezone.now()):
                return False
            piece.save(force_insert=True)
    except DatabaseError:
        logger.warning("Piece %s of reply %s could not be saved", piece.number, piece.reply_id)
        return False
    return True
