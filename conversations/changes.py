"""What changed for a user since a moment, so that their other pages follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.cache import cache
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conversations.models import Conversation, Reply
from conversations.refusals import Invalid
from conversations.sidebar import ROWS

OVERLAP = timedelta(seconds=10)
"""A row may be committed some time after the moment it says it changed at: this much is told twice."""

REACH = timedelta(minutes=5)
"""Who was away for longer reads the list anew."""


@dataclass(frozen=True)
class Changes:
    cursor: str
    rows: Sequence[Any] = ()
    """Conversations, each with the id of its `newest_reply`."""
    running: Mapping[UUID, Reply] = field(default_factory=dict)
    refresh: bool = False
    """There is too much to tell, or something is gone, which no row can tell."""

    def as_json(self) -> dict[str, Any]:
        return {
            "cursor": self.cursor,
            "refresh": self.refresh,
            "conversations": [_as_json(row, self.running.get(row.id)) for row in self.rows],
        }


def _as_json(row: Any, running: Reply | None) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "url": row.get_absolute_url(),
        "title": row.title,
        "updated_at": row.updated_at.isoformat(),
        "answering": {"reply": str(running.id), "question": str(running.question)} if running else None,
        "newest_reply": str(row.newest_reply) if row.newest_reply else None,
        "answered_at": row.answered_at.isoformat() if row.answered_at else "",
        "branched_at": row.branched_at.isoformat() if row.branched_at else "",
        "unread": row.unread,
        "pinned": row.pinned,
        "archived": row.archived,
        "tags": row.tags,
    }


def cursor_for(user: User) -> str:
    """Of this moment. Take it before reading what it stands for."""
    return f"{timezone.now().isoformat()}~{cache.get(_key(user.pk), '')}"


def since(user: User, cursor: str) -> Changes:
    """Raises Invalid for a cursor that was never given."""
    moment, deletion = _read(cursor)
    now = cursor_for(user)
    if abs(timezone.now() - moment) > REACH or _deletion_in(now) not in {deletion, ""}:
        return Changes(now, refresh=True)
    changed = _rows(user).filter(changed_at__gte=moment - OVERLAP).order_by("changed_at", "id")
    rows = list(changed[: ROWS + 1])
    if len(rows) > ROWS:
        return Changes(now, refresh=True)
    # In the order in which each goes to the top.
    return Changes(now, sorted(rows, key=lambda row: row.updated_at), Reply.objects.running_in(rows))


def present(user: User) -> Changes:
    """What is answering or unread now, among the newest."""
    now = cursor_for(user)
    newest = [row for rows in (_rows(user).pinned(), _rows(user).listed()) for row in rows.newest_first()[:ROWS]]
    newest.sort(key=lambda row: row.updated_at, reverse=True)
    running = Reply.objects.running_in(newest)
    return Changes(now, [row for row in reversed(newest) if row.unread or row.id in running], running)


def _rows(user: User) -> Any:
    newest = Reply.objects.filter(conversation=OuterRef("pk")).order_by("-started_at").values("id")[:1]
    return Conversation.objects.owned_by(user).annotate(newest_reply=Subquery(newest))


def _read(cursor: str) -> tuple[datetime, str]:
    try:
        # A plus sign that was not escaped has become a space. Without a zone it cannot be compared.
        moment = datetime.fromisoformat(cursor.partition("~")[0].replace(" ", "+"))
        timezone.now() - moment
    except (ValueError, TypeError, OverflowError) as error:
        raise Invalid({"since": [_("That moment is not known.")]}) from error
    return moment, _deletion_in(cursor)


def tells_of_deletion(cursor: str) -> bool:
    """Whether anything was deleted, or taken back, in the minutes before."""
    return bool(_deletion_in(cursor))


def _deletion_in(cursor: str) -> str:
    return cursor.partition("~")[2]


def tell_of_deletion(owner: UUID) -> None:
    """A row that is gone, or back, is told by no time of change; this mark is in every cursor given from now on."""
    cache.set(_key(owner), uuid4().hex, (REACH + OVERLAP).total_seconds())


def _key(owner: UUID) -> str:
    return f"deletion:{owner}"


def mark_read(row: Conversation) -> None:
    """The owner has seen the newest answer; writes only where there was something to see."""
    now = timezone.now()
    Conversation.objects.filter(pk=row.pk).unread().update(read_at=now, changed_at=now)
