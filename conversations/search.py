"""The index of everything said: one row for each message and each title, written in the same act that saves them.

SQLite keeps its words in an FTS5 table that follows the rows by triggers, PostgreSQL in a GIN index (migration 0003).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, Literal, TypeVar
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from conversations.archive import Archive
from conversations.document import Unreadable
from conversations.folding import words
from conversations.inventory import Place
from conversations.message import Message
from conversations.models import Conversation, Said
from conversations.transcript import Transcript
from conversations.transcripts import at_once

T = TypeVar("T")

TITLE = "title"
BATCH = 500
AT_ONCE = 16
"""Whole conversations in memory."""
ATTEMPTS = 14


def said(transcript: Transcript, *messages: Message) -> None:
    """Messages of a conversation that has its row; of two revisions the later one stays, whichever comes first."""
    _write(_rows(transcript, messages))


def begun(transcript: Transcript, *messages: Message) -> None:
    """As `said`, and what the conversation is called, in one statement."""
    _write([*_titles(transcript), *_rows(transcript, messages)])


def titled(conversation: UUID) -> None:
    """Its title, as it is in its row by now."""
    row = Conversation.objects.only("owner", "title", "created_at").filter(id=conversation).first()
    if row:
        _entitle(row.id, [_title(row.id, row.owner_id, row.title, row.created_at)] if row.title else [])


def called(transcript: Transcript) -> None:
    """The title of the transcript, which its row has by now."""
    _entitle(UUID(transcript.id), _titles(transcript))


def _entitle(conversation: UUID, titles: list[Said]) -> None:
    if titles:
        _write(titles)
    else:
        Said.objects.filter(conversation=conversation, role=TITLE).delete()


def rebuild(archive: Archive, places: list[Place]) -> list[Place]:
    """Makes the rows of conversations again from the store; returns those of which a part is missing."""
    broken = []
    for some in _batches(places, AT_ONCE):
        # Rows first: what is said after that is newer than what is read now, and no reason to take its row away.
        known = {place: _known(place) for place in some}
        for place, transcript in zip(some, at_once(partial(_whole, archive), some), strict=True):
            if transcript is None:
                broken.append(place)
            elif transcript:
                _replace(place, known[place], transcript)
    return broken


def _known(place: Place) -> set[UUID]:
    rows = Said.objects.filter(conversation=place.conversation).exclude(role=TITLE)
    return set(rows.values_list("message", flat=True))


def _whole(archive: Archive, place: Place) -> Transcript | Literal[False] | None:
    """False when it is not there any more, None when it is not whole."""
    try:
        opened = archive.load(*place)
        return archive.whole(opened.transcript) if opened else False
    except Unreadable:
        return None


def _replace(place: Place, known: set[UUID], transcript: Transcript) -> None:
    spoken = {UUID(message.id): message for message in transcript.messages.values() if message.text.strip()}
    with transaction.atomic():
        row = Conversation.objects.select_for_update().filter(id=place.conversation, owner=place.owner).first()
        if row is None:
            return
        row.said.exclude(owner=place.owner).delete()
        for messages in _batches(list(known - spoken.keys())):
            row.said.filter(message__in=messages).exclude(role=TITLE).delete()
        said(transcript, *spoken.values())
        titled(row.id)


def scope(owner: UUID, *, titles: bool) -> str:
    """A word that stands for all messages, or all titles, of one user. None that is said has an underscore."""
    return f"_{'t' if titles else 'm'}{owner.hex}"


def _rows(transcript: Transcript, messages: Iterable[Message]) -> list[Said]:
    return [_row(transcript, message) for message in messages if message.text.strip()]


def _row(transcript: Transcript, message: Message) -> Said:
    owner = UUID(transcript.owner.id)
    return Said(
        id=_newest_last(message.created_at),
        conversation_id=UUID(transcript.id),
        owner=owner,
        message=UUID(message.id),
        role=message.role,
        rev=message.rev,
        model=(message.model or "")[:200],
        text=message.text,
        words=indexed(owner, message.text, titles=False),
    )


def _titles(transcript: Transcript) -> list[Said]:
    title = transcript.title[:200]
    owner = UUID(transcript.owner.id)
    return [_title(UUID(transcript.id), owner, title, transcript.created_at)] if title else []


def _title(conversation: UUID, owner: UUID, title: str, created_at: datetime) -> Said:
    return Said(
        id=_newest_last(created_at),
        conversation_id=conversation,
        owner=owner,
        message=conversation,
        role=TITLE,
        rev=0,
        text=title,
        words=indexed(owner, title, titles=True),
    )


def indexed(owner: UUID, text: str, *, titles: bool) -> str:
    # With a space at both ends each word can be looked for with those around it.
    return f" {' '.join([scope(owner, titles=titles), *words(text)])} "


def _newest_last(moment: datetime) -> int:
    """Ids that are in the order in which things were said, so that the newest are found first without sorting."""
    milliseconds = min(max(round(moment.timestamp() * 1000), 0), 2**42 - 1)
    return milliseconds << Said.RANDOM_BITS | secrets.randbits(Said.RANDOM_BITS)


def _write(rows: list[Said]) -> None:
    for batch in _batches(rows):
        # Most are said for the first time and need no savepoint, which is twice the way to PostgreSQL and back. In
        # SQLite it costs nothing, and has the index of the words give back memory that would leave holes.
        with transaction.atomic(savepoint=connection.vendor == "sqlite"):
            new = _insert(batch, "DO NOTHING")
        if new < len(batch):
            _draw_ids(batch)
            _insist(batch)


def _insist(rows: list[Said], attempts: int = ATTEMPTS) -> None:
    """Of what was said in one moment two ids can be the same by chance, where it is much, as after an import, often."""
    try:
        with transaction.atomic():
            _insert(rows, UPDATE)
    except IntegrityError:
        if not attempts:
            raise
        _draw_ids(rows)
        half = (len(rows) + 1) // 2
        for some in (rows[:half], rows[half:]):
            if some:
                _insist(some, attempts - 1)


def _draw_ids(rows: list[Said]) -> None:
    for row in rows:
        row.id = _newest_last(row.said_at)


UPDATE = """
    (conversation_id, message, role) DO UPDATE
    SET rev = excluded.rev, model = excluded.model, text = excluded.text, words = excluded.words
    WHERE conversations_said.rev <= excluded.rev AND conversations_said.text <> excluded.text
"""
"""A message that is there already is written only where it says something else now."""


def _insert(rows: list[Said], on_conflict: str) -> int:
    """One statement. Returns how many it has written."""
    fields = Said._meta.local_concrete_fields
    columns = ", ".join(field.column for field in fields)
    one = f"({', '.join(['%s'] * len(fields))})"
    values: list[Any] = [
        field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO conversations_said ({columns}) VALUES {", ".join([one] * len(rows))} ON CONFLICT {on_conflict}
            """,  # noqa: S608
            values,
        )
        return int(cursor.rowcount)


def _batches(items: list[T], size: int = BATCH) -> Iterator[list[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
