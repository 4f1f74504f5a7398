"""The sidebar: a user's conversations, newest first, under the days and months of the reader's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from conversations.flags import MOST_PINS
from conversations.models import Conversation, ConversationQuerySet, Reply

ROWS = 50
PINNED = gettext_noop("Pinned")


class Group(NamedTuple):
    key: str
    """What it is called in English: so pages know it, whatever their language."""
    label: str
    rows: list[Conversation]


@dataclass(frozen=True)
class Rows:
    groups: list[Group]
    next_cursor: str


def rows(user: User, after: str = "") -> Rows:
    """The next rows after a cursor, under their days; the pinned ones stand above the first."""
    owned = Conversation.objects.owned_by(user)
    pinned = [] if after else list(owned.pinned().newest_first()[:MOST_PINS])
    found, cursor = page(owned.listed(), after)
    answering = Reply.objects.answering_in([*pinned, *found])
    for row in (*pinned, *found):
        row.answering = row.id in answering
    today = timezone.localdate()
    days = [_group(key, list(group)) for key, group in groupby(found, lambda row: label_of(row.updated_at, today))]
    return Rows([_group(PINNED, pinned), *days] if pinned else days, cursor)


def _group(key: str, rows: list[Conversation]) -> Group:
    is_month = key[-1].isdecimal()
    label = date_format(timezone.localtime(rows[0].updated_at), _("F Y")) if is_month else _(key)
    return Group(key, label, rows)


def page(conversations: ConversationQuerySet, after: str = "") -> tuple[list[Conversation], str]:
    """The next after a cursor, and the cursor of those after them.

    It names a row, so rows that come or go elsewhere shift nothing.
    """
    conversations = conversations.newest_first()
    if after:
        moment, last = _read(after)
        conversations = conversations.filter(Q(updated_at__lt=moment) | Q(updated_at=moment, id__lt=last))
    found = list(conversations[: ROWS + 1])
    return found[:ROWS], _cursor(found[ROWS - 1]) if len(found) > ROWS else ""


def label_of(moment: datetime, today: date) -> str:
    day = timezone.localtime(moment).date()
    if day >= today:
        return gettext_noop("Today")
    if day == today - timedelta(days=1):
        return gettext_noop("Yesterday")
    if day >= today - timedelta(days=7):
        return gettext_noop("Previous 7 days")
    if day >= today - timedelta(days=30):
        return gettext_noop("Previous 30 days")
    return f"{day:%B %Y}"


def _cursor(row: Conversation) -> str:
    return f"{row.updated_at.isoformat()}~{row.id}"


def _read(cursor: str) -> tuple[datetime, UUID]:
    moment, _, last = cursor.partition("~")
    try:
        when = datetime.fromisoformat(moment.replace(" ", "+"))
        return (when if when.tzinfo else timezone.make_aware(when)).astimezone(UTC), UUID(last)
    except (ValueError, OverflowError) as error:
        raise BadRequest("That place in the list is not known.") from error
