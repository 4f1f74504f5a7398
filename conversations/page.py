"""What the page of a conversation shows: messages as its templates want them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import partial
from math import floor
from typing import Any
from uuid import UUID

from django.utils.formats import localize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from conversations import render
from conversations.drawn import bodies
from conversations.ending import is_entered
from conversations.labels import in_readers_words
from conversations.live import LiveReply
from conversations.message import Message
from conversations.models import Reply
from conversations.offer import failure_sentence, model_name
from conversations.store import StoreUnavailable
from conversations.transcript import Transcript
from conversations.transcripts import archive
from conversations.tuning import TuningForm

SHOWN = 100
"""How many messages the page loads at once; older ones come on demand."""


@dataclass(frozen=True)
class Shown:
    """A message in the page. Two that are equal look the same to one reader."""

    id: str
    role: str
    text: str
    draw: Callable[[], SafeString] = field(compare=False, repr=False)
    """Makes its HTML. Most messages are remembered as they look in a page, and nobody asks for it."""
    reasoning: str
    model_name: str
    created_at: datetime
    parent: str | None
    finish: str = ""
    failure: str = ""
    error: str = ""
    running: bool = False
    thought_ms: int | None = None
    rating: str = ""
    comment: str = ""
    edited: bool = False
    context: Mapping[str, Any] | None = field(default=None, compare=False)
    """What the model was shown for it."""
    ignored: str = ""
    """The settings that made no difference to it, by their labels."""
    used: int | None = None
    """Tokens of the model's window, the reply included."""
    seam: str = ""
    """How it had ended where it was continued last."""
    versions: tuple[str, ...] = ()
    """The ids of those that answer the same, in the order they were made; this one is among them."""

    @property
    def html(self) -> SafeString:
        return self.draw()

    @property
    def looks(self) -> tuple[Hashable, ...]:
        """All by which two can differ; whoever keeps that does not keep the message."""
        return tuple(getattr(self, one.name) for one in fields(self) if one.compare)

    @property
    def is_settled(self) -> bool:
        """Whether it looks the same in every page of its reader."""
        return not self.running and len(self.versions) <= 1

    @property
    def is_whole(self) -> bool:
        """Whether it ended by itself: then there is nothing that could still be said about its end."""
        return self.finish == "stop" and bool(self.html)

    @property
    def version(self) -> int:
        """Which of them it is, counted from 1."""
        return self.versions.index(self.id) + 1

    @property
    def previous(self) -> str | None:
        return self.versions[self.version - 2] if self.version > 1 else None

    @property
    def next(self) -> str | None:
        return self.versions[self.version] if self.version < len(self.versions) else None


def shown(
    transcript: Transcript, leaf: UUID | str | None, *, away: bool = False, most: int = SHOWN
) -> tuple[list[Shown], bool]:
    """The newest messages of the branch that ends at a leaf, and whether there are older ones.

    Waits for the store; with the store `away`, what lies in parts that are not at hand is left for later.
    """
    try:
        path = archive().path(transcript, leaf, most)
        above = path[0].parent if path else None
        older = above is not None and archive().knows(transcript, above)
        versions = {message.id: versions_of(transcript, message.id, message.parent) for message in path}
    except StoreUnavailable:
        if not away:
            raise
        path, older, versions = transcript.path(leaf)[-most:], True, {}
    return [_shown(message, versions.get(message.id, (message.id,))) for message in path], older


def versions_of(transcript: Transcript, message: str, parent: str | None) -> tuple[str, ...]:
    """Waits for the store; a reply that is being written is the last of them."""
    return tuple(dict.fromkeys([*archive().children(transcript, parent), message]))


def _shown(message: Message, versions: tuple[str, ...]) -> Shown:
    answered = message.role == "assistant"
    return Shown(
        id=message.id,
        role=message.role,
        text=message.text,
        draw=partial(_body, message) if answered else SafeString,
        reasoning=message.reasoning,
        model_name=model_name(message.model) if answered else "",
        created_at=message.created_at,
        parent=message.parent,
        finish=message.finish or "",
        failure=_(failure_sentence(message.error)) if message.finish == "failed" else "",
        error=message.error or "",
        thought_ms=thought_ms(message.timing_ms),
        rating=(message.rating or {}).get("value", ""),
        comment=(message.rating or {}).get("comment") or "",
        edited=message.edited_from is not None,
        context=message.context,
        ignored=ignored_in(message),
        used=_used(message),
        seam=message.seams[-1]["finish"] if message.seams else "",
        versions=versions,
    )


@dataclass(frozen=True)
class Seen:
    """Of a conversation, what its model was shown last: so many tokens are `used` of a window of `size`."""

    first: str | None
    """Where it began, if there is anything above."""
    used: int
    size: int

    @property
    def words(self) -> str:
        return _("%(used)s of %(size)s tokens") % {"used": short(self.used), "size": short(self.size)}


def seen(messages: Sequence[Shown]) -> Seen | None:
    """As the newest reply tells it, where that is known."""
    told = next((message for message in reversed(messages) if message.context), None)
    if told is None or not told.context or not told.context.get("size"):
        return None
    first = told.context.get("first")
    has_more_above = any(message.id == first and message.parent for message in messages)
    return Seen(first if has_more_above else None, told.used or 0, told.context["size"])


def short(count: int) -> str:
    """A number as it is said, in the reader's language: 8.2K, 131K. `short` in static/js/gettext.js says the same."""
    for size, letter in ((1_000_000, "M"), (1000, "K")):
        if count >= size:
            parts = 10 if count < 100 * size else 1
            rounded = floor(parts * count / size + 0.5) / parts
            return localize(int(rounded) if rounded.is_integer() else rounded) + letter
    return str(count)


def ignored_in(message: Message) -> str:
    names = (message.context or {}).get("ignored") or []
    return ", ".join(str(TuningForm.base_fields[name].label) for name in names if name in TuningForm.base_fields)


def _used(message: Message) -> int | None:
    usage = message.usage or {}
    if usage.get("prompt_tokens"):
        used: int = usage["prompt_tokens"] + (usage.get("completion_tokens") or 0)
        return used
    return (message.context or {}).get("tokens")


def thought_ms(timing: Mapping[str, Any] | None) -> int | None:
    """From the first piece of the thinking to the end of it."""
    timing = timing or {}
    return max(0, round(timing["reasoning"] - (timing.get("first") or 0))) if timing.get("reasoning") else None


def running(transcript: Transcript, row: Reply, reply: LiveReply | None) -> Shown:
    """A reply that is being written: what is there of it, for a page that cannot or need not attach."""
    before = archive().message(transcript, row.id)
    if reply:
        text, reasoning = reply.text, reply.reasoning
    else:
        pieces = list(row.pieces.order_by("number"))
        text, reasoning = (before.text, before.reasoning) if before else ("", "")
        if not is_entered(row, pieces, before):
            text += "".join(piece.text for piece in pieces)
            reasoning += "".join(piece.reasoning for piece in pieces)
    return Shown(
        id=str(row.id),
        role="assistant",
        text=text,
        # Not remembered: in a moment it is another text.
        draw=lambda: _labelled(_safe_html(text, row.id.hex)),
        reasoning=reasoning,
        model_name=model_name(row.model),
        created_at=row.started_at,
        parent=str(row.question),
        running=True,
        versions=versions_of(transcript, str(row.id), str(row.question)),
    )


def _body(message: Message) -> SafeString:
    return _labelled(html_of(message))


def html_of(message: Message) -> SafeString:
    prefix = UUID(message.id).hex
    return bodies.html((message.text, prefix), lambda: _safe_html(message.text, prefix))


def _safe_html(text: str, prefix: str) -> SafeString:
    # Safe: render sanitizes what the model wrote.
    return mark_safe(render.html(text, prefix))  # noqa: S308


def _labelled(html: SafeString) -> SafeString:
    """For one reader, so it is never remembered."""
    return mark_safe(in_readers_words(html))  # noqa: S308
