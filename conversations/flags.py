"""Pinned, archived, tags: set in the transcript, and followed by the row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from accounts.models import User
from conversations import transcripts
from conversations.models import Conversation, Tagged
from conversations.refusals import TooManyPins
from conversations.transcript import Transcript

MOST_PINS = 100
"""All of them stand in the first page of the sidebar."""

LONGEST_TAG = 40
MOST_TAGS = 20


def pin(row: Conversation, *, on: bool) -> None:
    if on and not row.pinned and Conversation.objects.owned_by(row.owner).pinned().count() >= MOST_PINS:
        raise TooManyPins
    set_flags(row, pinned=on)


def set_flags(row: Conversation, **changes: Any) -> None:
    """Raises Deleted and StoreError."""
    follow(change(row, **changes))


def change(row: Conversation, **changes: Any) -> Transcript:
    """In the store only."""
    now = timezone.now()

    def act(transcript: Transcript) -> None:
        transcript.set_flags(now, **changes)

    return transcripts.change(row, act, again=True).transcript


def follow(transcript: Transcript) -> None:
    """The row as the transcript has it; of two that were set at the same time the later stays."""
    flags, at = transcript.flags, transcript.changed.flags
    with transaction.atomic():
        row = Conversation.objects.select_for_update().filter(id=transcript.id).first()
        if row is None or (row.flags_at and row.flags_at > at):
            return
        if row.flags_at == at and not differs(row, transcript):
            return
        row.pinned, row.archived, row.tags = flags.pinned, flags.archived, flags.tags
        row.flags_at, row.changed_at = at, timezone.now()
        row.save(update_fields=["pinned", "archived", "tags", "flags_at", "changed_at"])
        index_tags([row])


def differs(row: Conversation, transcript: Transcript) -> bool:
    flags = transcript.flags
    return (row.pinned, row.archived, row.tags) != (flags.pinned, flags.archived, flags.tags)


def index_tags(rows: Iterable[Conversation]) -> None:
    """Their conversations are found by the tags the rows have now, and by no others."""
    rows = list(rows)
    Tagged.objects.filter(conversation__in=rows).delete()
    Tagged.objects.bulk_create(
        [
            Tagged(conversation=row, owner_id=row.owner_id, tag=tag[:LONGEST_TAG], folded=fold(tag))
            for row in rows
            for tag in distinct(row.tags)
        ],
        # Made by somebody else meanwhile.
        ignore_conflicts=True,
    )


def distinct(tags: Iterable[str]) -> list[str]:
    """Each once, however it is written, as it is written first; without the space around it."""
    found: dict[str, str] = {}
    for tag in (" ".join(tag.split()) for tag in tags):
        if tag:
            found.setdefault(fold(tag), tag)
    return list(found.values())


def fold(tag: str) -> str:
    return " ".join(tag.split())[:LONGEST_TAG].casefold()


def tags_of(user: User) -> list[tuple[str, int]]:
    """All the user's tags in the order of the alphabet, each with the number of its conversations."""
    rows = Tagged.objects.filter(owner=user, conversation__deleted_at=None, conversation__visible=True)
    found = rows.values("folded").annotate(tag=Max("tag"), number=Count("id")).order_by("folded")
    return [(row["tag"], row["number"]) for row in found]


def tagged(user: User, tag: str) -> Q:
    return Q(tagged__owner=user, tagged__folded=fold(tag))
