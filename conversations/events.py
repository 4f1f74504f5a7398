"""The wire between a reply and the pages that watch it: server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.http import StreamingHttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, override

from conversations.labels import in_readers_words
from conversations.message import Message

Name = Literal["started", "snapshot", "block", "reasoning", "waiting", "done", "failed", "title"]

# Sent in silence, so that proxies keep the connection and a dead one is noticed.
STILL_HERE = b": still here\n\n"


@dataclass(frozen=True, slots=True)
class Event:
    name: Name
    data: dict[str, Any]

    def encode(self) -> bytes:
        """In the language that is active: what many watch is said to each in their own."""
        said = dict(self.data)
        if "html" in said:
            said["html"] = in_readers_words(said["html"])
        if self.name == "failed" and "message" in said:
            said["message"] = gettext(str(said["message"]))
        data = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return f"event: {self.name}\ndata: {data}\n\n".encode()


def started(
    conversation: UUID, message: UUID | str, reply: UUID, model: str, *, name: str, instead_of: str | None = None
) -> Event:
    """The question is safe in the store. `name` is what people call the model; `instead_of` the one that was chosen,
    where another one has to answer."""
    return Event(
        "started",
        {
            "conversation": str(conversation),
            "url": reverse("conversations:detail", args=[conversation]),
            "message": str(message),
            "reply": str(reply),
            "model": model,
            "model_name": name,
            **({"instead_of": instead_of} if instead_of else {}),
        },
    )


def done(message: Message, html: str) -> Event:
    return Event(
        "done",
        {
            "finish": message.finish,
            "html": html,
            "usage": message.usage,
            "timing_ms": message.timing_ms,
            "context": message.context,
        },
    )


def failed(code: str, sentence: str | Promise, retry_after: int | None = None) -> Event:
    return Event("failed", {"code": code, "message": sentence, "retry_after": retry_after})


class EventStream(StreamingHttpResponse):
    """Events as they come; None stands for ten seconds of silence."""

    def __init__(self, events: AsyncIterator[Event | None]) -> None:
        super().__init__(
            encoded(events, get_language()),
            content_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


async def encoded(events: AsyncIterator[Event | None], language: str | None = None) -> AsyncIterator[bytes]:
    """The request, and with it its language, has ended by then."""
    language = language or "en"
    async for event in events:
        if event is None:
            yield STILL_HERE
        elif language == get_language():
            yield event.encode()
        else:
            with override(language):
                piece = event.encode()
            yield piece
