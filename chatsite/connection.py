"""A connection of gunicorn's worker that waits for nobody for ever, and refuses in our words.

Left to itself it waits without end for the head of a request: whoever opens connections and sends a letter now and
then would use up all that the process may have open.
"""

from __future__ import annotations

import json
from asyncio import TimerHandle
from http import HTTPStatus
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol

SECONDS = 20
"""For the head of a request, from its first byte on."""

IDLE = 75
"""Until that first byte. Browsers open connections they may never need."""

LONGEST = 65536
"""As much of a head is looked at for what its sender would like to read."""

HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
)
TOO_LONG = "Your browser sent too much before the request itself. Delete the cookies of this site, and try again."
SENTENCES = {
    408: ("too_slow", "Your request took too long to arrive."),
    414: ("too_large", "This address is too long."),
    431: ("too_large", TOO_LONG),
    500: ("error", "Something went wrong here. It has been logged; please try again."),
}
UNCLEAR = ("bad_request", "That request was not understood.")


class Connection(ASGIProtocol):  # type: ignore[misc]
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._head = b""
        self._is_head = True
        self._late: TimerHandle | None = self.worker.loop.call_later(IDLE, self._keepalive_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_head:
            if not self._head:
                self._in_time()
                self._late = self.worker.loop.call_later(SECONDS, self._too_late)
            self._head = (self._head + data)[:LONGEST]
        try:
            super().data_received(data)
        except ValueError:
            # Such as a length of thousands of digits.
            self._send_error_response(400, "")
            self._close_transport()

    def _on_headers_complete(self) -> Any:
        self._in_time()
        self._is_head = False
        return super()._on_headers_complete()

    def _on_message_complete(self) -> None:
        super()._on_message_complete()
        self._is_head, self._head = True, b""

    def _in_time(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._send_error_response(408, "")
        self._keepalive_timeout()

    def _send_error_response(self, status: int, message: str, extra_headers: Any = ()) -> None:
        """gunicorn's own message would repeat what was sent."""
        code, sentence = SENTENCES.get(status, UNCLEAR)
        is_script = b"application/json" in self._head.lower()
        refusal: dict[str, object] = {"code": code, "message": sentence, "retry_after": None, "errors": {}}
        body = json.dumps(refusal) if is_script else page(sentence)
        kind = "application/json" if is_script else "text/html; charset=utf-8"
        length = ("Content-Length", str(len(body.encode())))
        fields = [("Content-Type", kind), length, *HEADERS, *extra_headers, ("Connection", "close")]
        head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in fields)]
        self._safe_write(("\r\n".join(head) + f"\r\n\r\n{body}").encode())


def page(sentence: str) -> str:
    return f'<!DOCTYPE html>\n<html lang="en"><title>{sentence}</title><p>{sentence}</p></html>\n'
