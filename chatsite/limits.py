"""How much a request may be. Django reads all of a body, onto the disk, before anybody asks whether it may come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

SECONDS = 60
"""For all of a body. What may come is small; who sends it letter by letter holds a connection and nothing else."""

HEARD_OUT = 4
"""Of a body that is too large so many times the limit is read and thrown away: a browser whose sending is cut short
shows no answer."""

REFUSED = "chatsite.refused"
"""In the scope of a request: the status of its refusal."""

Message = MutableMapping[str, Any]


class Measured:
    """The server's `receive`, which ends a body that is too large or too slow and says so in the scope."""

    def __init__(self, receive: Callable[[], Awaitable[Message]], scope: dict[str, Any]) -> None:
        self._receive = receive
        self._scope = scope
        self._most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        self._size = 0
        self._deadline = asyncio.get_running_loop().time() + SECONDS
        self._ended = False

    async def __call__(self) -> Message:
        if self._ended:
            return await self._disconnect()
        if declared(self._scope) > HEARD_OUT * self._most:
            return self._refuse(413)
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            return self._refuse(408)
        return message if message["type"] == "http.disconnect" else self._measured(message)

    def _measured(self, message: Message) -> Message:
        self._size += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._size <= self._most:
            return message
        if self._ended or self._size > HEARD_OUT * self._most:
            return self._refuse(413)
        return {"type": "http.request", "body": b"", "more_body": True}

    def _refuse(self, status: int) -> Message:
        self._scope[REFUSED] = status
        self._ended = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _disconnect(self) -> Message:
        """What else comes of a body that was refused is for nobody."""
        while (message := await self._receive())["type"] != "http.disconnect":
            pass
        return message


def declared(scope: dict[str, Any]) -> int:
    """How long a body says that it is; 0 where it does not."""
    found = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(found) if found.isdigit() and len(found) < 20 else 2**63


def refusal(request: HttpRequest) -> HttpResponse | None:
    """None for what may come in."""
    from chatsite import errors  # noqa: PLC0415 - it wants the site to be set up

    status = getattr(request, "scope", {}).get(REFUSED)
    if status is None:
        return None
    response = errors.too_large(request) if status == 413 else errors.too_slow(request)
    # What is still on its way must not be taken for the next request.
    response.headers["Connection"] = "close"
    return response
