"""A line in the log and a number for each request: around everything, streams included.

What was typed is in no line: an address is told by its pattern, without search words and the secrets of links.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from watching import metrics
from watching.log import pattern, request_id

logger = logging.getLogger("request")

SANE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{7,63}")
METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
UNWATCHED = {"/healthz"}
"""Asked for every few seconds, by machines, to hear that nothing happens."""

ASGI = Callable[[Any, Any, Any], Awaitable[None]]


class Watched:
    """The application around which it stands, with a line and a number for each of its requests.

    `static` is where the files of the pages are: who serves them asks no view.
    """

    def __init__(self, application: ASGI, static: str) -> None:
        self.application = application
        self.static = static

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] in UNWATCHED:
            await self.application(scope, receive, send)
            return
        request = Request(scope, self.static)

        async def sending(answer: dict[str, Any]) -> None:
            if request.status is None and answer["type"] == "http.response.start":
                request.begins(answer)
            await send(answer)

        token = request_id.set(request.id)
        try:
            await self.application({**scope, "watched": request}, receive, sending)
        except Exception:
            request.status = request.status or HTTPStatus.INTERNAL_SERVER_ERROR
            raise
        finally:
            request.ended()
            request_id.reset(token)


class Request:
    """What is known of one. `noted` hears the rest from Django."""

    def __init__(self, scope: Any, static: str) -> None:
        self.id = sane(scope["headers"]) or uuid.uuid4().hex
        self.method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self.path: str | None = None
        self.view = "none"
        if scope["path"].startswith(static):
            self.path, self.view = static, "static"
        self.user: str | None = None
        self.status: int | None = None
        self.streams = False
        self.began = time.monotonic()
        self.first_byte = 0.0

    def noted(self, request: Any) -> None:
        """Asks nobody: a user that no view has looked at stays unknown."""
        if match := request.resolver_match:
            self.path, self.view = pattern(request), match.view_name
        user = request.__dict__.get("_acached_user") or request.__dict__.get("user")
        # One that Django has not fetched has nothing in it yet.
        user = getattr(user, "_wrapped", user)
        key = getattr(user, "pk", None)
        self.user = None if key is None else str(key)

    def begins(self, start: dict[str, Any]) -> None:
        self.first_byte = time.monotonic()
        self.status = start["status"]
        headers = list(start.get("headers", ()))
        self.streams = any(
            name.lower() == b"content-type" and value.startswith(b"text/event-stream") for name, value in headers
        )
        start["headers"] = [*headers, (b"x-request-id", self.id.encode())]

    def ended(self) -> None:
        now = time.monotonic()
        took = (self.first_byte if self.streams else now) - self.began
        metrics.request_seconds.labels(self.method, self.view, f"{(self.status or 0) // 100}xx").observe(took)
        fields: dict[str, Any] = {
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "ms": round(took * 1000, 1),
            "user": self.user,
        }
        if self.streams:
            fields["open_ms"] = round((now - self.began) * 1000)
        logger.log(
            logging.INFO if self.status and self.status < HTTPStatus.BAD_REQUEST else logging.WARNING,
            "%s %s %s in %s ms",
            self.method,
            self.path or "(no such page)",
            described(self.status),
            fields["ms"],
            extra={"fields": fields},
        )


def sane(headers: Any) -> str | None:
    """The id that a proxy has given the request, if it is one."""
    given: str = next((value.decode("latin-1") for name, value in headers if name.lower() == b"x-request-id"), "")
    return given if SANE.fullmatch(given) else None


def described(status: int | None) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}" if status else "not answered"
    except ValueError:
        return str(status)
