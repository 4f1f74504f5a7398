"""The wire between a reply and the pages that watch it: server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.http import StreamingHttpResponse
from django.urls import reverse

from conversations.message import Message

Name = Literal["started", "snapshot", "block", "reasoning", "done", "failed", "title"]

# Sent in silence, so that proxies keep the connection and a dead one is noticed.
STILL_HERE = b": still here\n\n"


@dataclass(frozen=True, slots=True)
class Event:
    name: Name
    data: dict[str, Any]

    def encode(self) -> bytes:
        data = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        return f"event: {self.name}\ndata: {data}\n\n".encode()


def started(conversation: UUID, message: UUID | str, reply: UUID, model: str) -> Event:
    """The question is safe in the store."""
    return Event(
        "started",
        {
            "conversation": str(conversation),
            "url": reverse("conversations:detail", args=[conversation]),
            "message": str(message),
            "reply": str(reply),
            "model": model,
        },
    )


def done(message: Message, html: str) -> Event:
    return Event(
        "done",
        {"finish": message.finish, "html": html, "usage": message.usage, "timing_ms": message.timing_ms},
    )


def failed(code: str, sentence: str, retry_after: int | None = None) -> Event:
    return Event("failed", {"code": code, "message": sentence, "retry_after": retry_after})


class EventStream(StreamingHttpResponse):
    """Events as they come; None stands for ten seconds of silence."""

    def __init__(self, events: AsyncIterator[Event | None]) -> None:
        super().__init__(
            encoded(events),
            content_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


async def encoded(events: AsyncIterator[Event | None]) -> AsyncIterator[bytes]:
    async for event in events:
        yield event.encode() if event else STILL_HERE
