"""Conversations that were had before a test began."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import async_to_sync
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from conversations import bin  # noqa: A004
from conversations.message import Message
from conversations.models import Conversation, Reply
from conversations.transcript import Transcript
from conversations.transcripts import archive


def talked(owner: User, texts: Sequence[str] = ("A question", "An answer"), **fields: Any) -> Conversation:
    """A conversation in the store and in the index; the user and the model speak in turn."""
    now = timezone.now()
    row = Conversation.objects.create(
        **{"id": uuid4(), "owner": owner, "visible": True, "title": "A title", "title_by": "model"} | fields
    )
    transcript = Transcript.new(row.id, owner.id, owner.get_username(), "test-model", now)
    transcript.set_title(row.title, "model", now)
    parent: str | None = None
    for place, text in enumerate(texts):
        answered: dict[str, Any] = {"model": "test-model", "finish": "stop"} if place % 2 else {}
        message = Message(
            str(uuid4()),
            role="assistant" if place % 2 else "user",
            text=text,
            parent=parent,
            created_at=now + timedelta(milliseconds=place),
            **answered,
        )
        transcript.add(message)
        if place % 2:
            Reply.objects.create(
                id=message.id, conversation=row, question=UUID(parent), backend="huggingface", finish="stop"
            )
        parent = message.id
    transcript.set_current(parent, now)
    archive().create(transcript)
    return row


def time_is_over() -> None:
    """What was deleted can no longer be taken back, and somebody looks into the bin."""
    thrown = Conversation.objects.filter(deleted_at__isnull=False)
    thrown.update(deleted_at=F("deleted_at") - timedelta(seconds=bin.SECONDS))
    async_to_sync(bin.empty)()


def listed(owner: User, number: int, **fields: Any) -> list[Conversation]:
    """Rows of the index only: enough for the sidebar. The newest is the first."""
    now = timezone.now()
    return Conversation.objects.bulk_create(
        Conversation(
            **{
                "id": uuid4(),
                "owner": owner,
                "visible": True,
                "title": f"Conversation {place}",
                "updated_at": now - timedelta(minutes=place),
            }
            | fields
        )
        for place in range(number)
    )


def transcript_of(row: Conversation) -> Transcript:
    opened = archive().load(row.owner_id, row.id)
    assert opened
    return opened.transcript
