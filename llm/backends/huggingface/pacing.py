"""How often a stream is read: as often as people are shown what came, however often its server sends.

To be woken for each word costs more than all that is done with it. What has come meanwhile waits in the operating
system, and is read at once.
"""

from __future__ import annotations

import asyncio
import math
import ssl
from typing import Any
from weakref import WeakSet

import httpcore2

FIRST_INTERVAL = 0.02
"""Each is twice as long as the one before it, so that a short reply is not held up."""

INTERVAL = 0.13
"""Seconds from one read to the next at least: a little longer than from one drawing to the next, so that neither waits
for the other."""

LONGEST_INTERVAL = 0.5

READS = 200
"""Of all streams of a process together in a second, as long as none rests for more than the longest interval: where
many talk, what somebody new waits for is more urgent than each word of the others by itself."""

TICKS = 32
"""Of a second. All streams are read at the same ticks: the process is woken once for many of them."""


_unhurried: WeakSet[PacedStream] = WeakSet()


def interval() -> float:
    return min(max(INTERVAL, len(_unhurried) / READS), LONGEST_INTERVAL)


class PacedBackend(httpcore2.AsyncNetworkBackend):
    """Connections that can be told to take their time."""

    def __init__(self, backend: httpcore2.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(self, *where: Any, **options: Any) -> PacedStream:
        return PacedStream(await self._backend.connect_tcp(*where, **options))

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class PacedStream(httpcore2.AsyncNetworkStream):
    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._interval = 0.0
        self._read_at = 0.0
        self._rest: asyncio.Future[None] | None = None

    def take_time(self) -> None:
        self._interval = self._interval or min(FIRST_INTERVAL, INTERVAL)
        _unhurried.add(self)

    def hurry(self) -> None:
        _unhurried.discard(self)
        self._interval = 0.0
        self._wake()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        loop = asyncio.get_running_loop()
        due = self._read_at + self._interval
        if self._interval and due > loop.time():
            self._rest = loop.create_future()
            timer = loop.call_at(math.ceil(due * TICKS) / TICKS, self._wake)
            try:
                await self._rest
            finally:
                timer.cancel()
            self._interval = min(2 * self._interval, interval())
        data = await self._stream.read(max_bytes, timeout)
        self._read_at = loop.time()
        return data

    def _wake(self) -> None:
        if self._rest and not self._rest.done():
            self._rest.set_result(None)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        _unhurried.discard(self)
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> PacedStream:
        return PacedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
