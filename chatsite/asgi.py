"""Django, and the streams that go on after Django is done with a request."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, cast

# Before what of ours asks for a setting where it is imported.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

import django
from asgiref.sync import ThreadSensitiveContext
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_started
from django.db import close_old_connections, reset_queries
from django.http import HttpRequest, HttpResponseBase

from chatsite.lifespan import lifespan
from chatsite.limits import Measured
from chatsite.threads import Lent, Threads
from conversations.events import EventStream
from watching.requests import Watched

Message = dict[str, Any]


threads = Threads()


class Receive:
    """The server's `receive` with one call under way at most, which outlives those who wait for it.

    Django cancels its wait for a disconnect when its response is complete; gunicorn would take that for one.
    """

    def __init__(self, receive: Callable[[], Awaitable[Message]]) -> None:
        self._receive = receive
        self._pending: asyncio.Task[Message] | None = None

    async def __call__(self) -> Message:
        if self._pending is None:
            self._pending = asyncio.create_task(cast(Any, self._receive()))
        message = await asyncio.shield(self._pending)
        self._pending = None
        return message

    def close(self) -> None:
        if self._pending:
            self._pending.cancel()


class Send:
    """The server's `send`, and the stream that is to follow once Django is done with the request."""

    def __init__(self, send: Callable[[Message], Awaitable[None]]) -> None:
        self._send = send
        self.stream: EventStream | None = None

    async def __call__(self, message: Message) -> None:
        await self._send(message)


class Handler(ASGIHandler):
    """Streams replies after their request has ended.

    Django holds a thread and a database connection for as long as a response is open: a thousand readers would
    hold a thousand of each. So an EventStream sends only its head inside the request; its events follow here.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"Chatsite speaks HTTP only, not {scope['type']}")
        receive, send = Receive(receive), Send(send)
        try:
            with Lent(threads) as thread:
                async with ThreadSensitiveContext(executor=thread):
                    await super().__call__(scope, Measured(receive, scope), send)
            if send.stream:
                await follow(send.stream, receive, send)
        finally:
            receive.close()

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return await super().get_response_async(request)
        finally:
            if watched := cast(Any, request).scope.get("watched"):
                watched.noted(request)

    async def send_response(self, response: HttpResponseBase, send: Any) -> None:
        if not isinstance(response, EventStream):
            await super().send_response(response, send)
            return
        headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in response.items()]
        headers += [(b"set-cookie", cookie.OutputString().encode()) for cookie in response.cookies.values()]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        send.stream = response


async def follow(response: EventStream, receive: Receive, send: Send) -> None:
    """Sends the events until there are no more, or the reader has left."""

    async def send_events() -> None:
        async with aclosing(cast(Any, aiter(response))) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    sending, leaving = asyncio.create_task(send_events()), asyncio.create_task(receive())
    try:
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        leaving.cancel()
        ended, _ = await asyncio.gather(sending, leaving, return_exceptions=True)
    if isinstance(ended, Exception) and not isinstance(ended, OSError):
        raise ended


django.setup(set_prefix=False)
# What a thread kept was looked at when the request before ended: one trip less. It remembers no queries without DEBUG.
request_started.disconnect(close_old_connections)
request_started.disconnect(reset_queries)
application = Watched(Handler(), settings.STATIC_URL)
