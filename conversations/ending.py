"""The message a reply becomes when it has ended, whoever ends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from conversations.document import Object, stamp
from conversations.live import LiveReply
from conversations.message import Message
from conversations.models import Piece, Reply
from conversations.transcript import Transcript
from watching import replies


def message_of(
    row: Reply,
    text: str,
    reasoning: str,
    thought_ms: int | None,
    before: Message | None,
    *,
    context: Object | None = None,
) -> Message:
    """`text` and `reasoning` are what came in this run; `before` is what the runs before have made; `context` says
    what the model was shown, where that is known."""
    finish: Any = row.outcome or "interrupted"
    said: dict[str, Any] = {
        "text": (before.text if before else "") + text,
        "reasoning": (before.reasoning if before else "") + reasoning,
        "model": row.model or None,
        "backend": row.backend,
        "finish": finish,
        "error": row.error or None,
        "usage": _usage(row, before),
        "timing_ms": _timing(row, thought_ms, before),
        "context": context or (before.context if before else None),
    }
    if before:
        seam = {"chars": len(before.text), "finish": before.finish, "at": stamp(timezone.now())}
        return before.revised(**said, seams=[*before.seams, seam] if text else before.seams)
    return Message(str(row.id), role="assistant", parent=str(row.question), created_at=timezone.now(), **said)


def enter(transcript: Transcript, message: Message, before: Message | None, now: datetime) -> None:
    """Doing it again changes nothing. What the user has made of it meanwhile stays."""
    if present := transcript.message(message.id):
        message = replace(message, rating=present.rating)
    if before is None or present:
        transcript.add(message, now)
    else:
        transcript.amend(before, message)
    transcript.set_current(message.id, now)


def is_entered(row: Reply, pieces: Iterable[Piece], message: Message | None) -> bool:
    """Whether what was said in this run is in the message already: until the row says so too, the pieces stay."""
    if message is None or message.rev < row.rev:
        return False
    text = "".join(piece.text for piece in pieces)
    # A rating given while it went on is a revision too, without the words.
    return row.rev == 1 or message.text[message.seams[-1]["chars"] if message.seams else 0 :].startswith(text)


def tell(reply: LiveReply, backend: str, numbers: dict[str, Any]) -> None:
    """Tells the operator. Of a reply that was taken over, the process that did so tells."""
    if reply.outcome:
        replies.ended(
            reply.id,
            reply.conversation,
            model=numbers["model"],
            backend=backend,
            finish=numbers["outcome"],
            code=reply.outcome.data["code"] if reply.outcome.name == "failed" else None,
            first_ms=numbers["first_ms"],
            total_ms=numbers["total_ms"],
            tokens=numbers["completion_tokens"],
        )


def _usage(row: Reply, before: Message | None) -> dict[str, int] | None:
    """The tokens of the last prompt, and those of all that was said."""
    earlier = ((before.usage if before else None) or {}).get("completion_tokens") or 0
    if row.prompt_tokens is None or row.completion_tokens is None:
        return None
    return {"prompt_tokens": row.prompt_tokens, "completion_tokens": earlier + row.completion_tokens}


def _timing(row: Reply, thought_ms: int | None, before: Message | None) -> dict[str, int] | None:
    """Nothing is known of the time a process took that has died."""
    earlier = (before.timing_ms if before else None) or {}
    if row.total_ms is None:
        return earlier or None
    return {
        "first": earlier.get("first") or row.first_ms or 0,
        "reasoning": earlier.get("reasoning") or thought_ms or 0,
        "total": (earlier.get("total") or 0) + row.total_ms,
    }
