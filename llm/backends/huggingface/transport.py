"""The connections to model servers: one pool per event loop, and what one call sees of it.

`AsyncInferenceClient` keeps every response it ever streamed and leaves the parser before the end of the
body, so a client is made for each call and the pool under it outlives them: 300 replies, one connection.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextvars import ContextVar

import httpcore2
import httpx2
from huggingface_hub import set_async_client_factory

from llm.backends.huggingface import failures
from llm.backends.huggingface.pacing import PacedBackend, PacedStream
from llm.errors import Auth, LLMError, Unreachable, Upstream

ERROR_LIMIT = 64 * 1024
JSON_LIMIT = 8 * 1024 * 1024
LINE_LIMIT = 4 * 1024 * 1024
DRAIN_SECONDS = 0.25
STALE = 2
"""How often a request may meet a connection that nobody listens on any more."""

ERROR_SECONDS = 5
LIMITS = httpx2.Limits(max_connections=2000, max_keepalive_connections=200, keepalive_expiry=30)

_DONE = re.compile(rb"^data:[ \t]*\[DONE\][ \t]*\r?$", re.MULTILINE)

_pools: dict[asyncio.AbstractEventLoop, httpx2.AsyncHTTPTransport] = {}


def pool() -> httpx2.AsyncBaseTransport:
    """The connections of the running event loop, which they are bound to."""
    loop = asyncio.get_running_loop()
    if loop not in _pools:
        for closed in [known for known in _pools if known.is_closed()]:
            del _pools[closed]
        made = _pools[loop] = httpx2.AsyncHTTPTransport(limits=LIMITS)
        # The layer below takes it as an argument, this one has none for it.
        made._pool._network_backend = PacedBackend(httpcore2.AnyIOBackend())
    return _pools[loop]


class Exchange(httpx2.AsyncBaseTransport):
    """One call's way to the pool, which remembers how the body ended."""

    def __init__(self) -> None:
        self._events: _Events | None = None
        self._wire: object = None
        self.done = False  # the server said [DONE]
        self.ended = False  # the body came to its end

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await _sent(request)
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            # Nobody has asked for it, and a little of it can unfold into gigabytes.
            await response.aclose()
            raise _compressed(response)
        body = response.stream
        self._wire = response.extensions.get("network_stream")
        if isinstance(body, httpx2.AsyncByteStream):
            if response.status_code >= 300:
                response.stream = _Capped(body, ERROR_LIMIT)
            elif _media_type(response) == "application/json":
                response.stream = _Capped(body, JSON_LIMIT)
            else:
                response.stream = self._events = _Events(body, self)
        return response

    def lines(self) -> AsyncGenerator[bytes, None]:
        """The body of the stream that has been opened, a part at a time, in whole lines."""
        assert self._events  # noqa: S101  other answers have been refused
        return self._events.__aiter__()

    def take_time(self) -> None:
        """People have something to read: from now on the stream is read as often as they are shown what came."""
        if isinstance(self._wire, PacedStream):
            self._wire.take_time()

    def hurry(self) -> None:
        """What is still to come is waited for."""
        if isinstance(self._wire, PacedStream):
            self._wire.hurry()

    async def aclose(self) -> None:
        """The pool is everybody's: the client of one call must not close it."""


async def _sent(request: httpx2.Request) -> httpx2.Response:
    """Servers close connections they find idle, maybe at this very moment: what got no answer is sent again.

    Not where the connection was made for it: a server that dies of a prompt has begun to work on it.
    """
    way = _Way()
    request.extensions = {**request.extensions, "trace": way.trace}
    for _ in range(STALE):
        try:
            return await pool().handle_async_request(request)
        except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
            if way.is_new:
                raise
    return await pool().handle_async_request(request)


class _Way:
    """What the pool tells of a request: whether it has made a connection for it."""

    is_new = False

    async def trace(self, event: str, _info: object) -> None:
        self.is_new = self.is_new or event == "connection.connect_tcp.started"


current_exchange: ContextVar[Exchange | None] = ContextVar("current_exchange", default=None)


def client(exchange: Exchange | None = None, timeout: httpx2.Timeout | None = None) -> httpx2.AsyncClient:
    """A client for one call: no proxy or .netrc from the environment, no redirect to who knows where."""
    return httpx2.AsyncClient(
        transport=exchange or Exchange(),
        timeout=timeout,
        trust_env=False,
        follow_redirects=False,
        headers={"accept-encoding": "identity"},
        event_hooks={"response": [_read_errors, _refuse_nonsense] if exchange else [_read_errors]},
    )


def address(base_url: str) -> httpx2.URL:
    """The hub takes what does not begin with http for the name of a model, and asks the router."""
    try:
        url = httpx2.URL(base_url)
    except (httpx2.InvalidURL, ValueError):
        raise Unreachable("LLM_BASE_URL is no address") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise Unreachable("LLM_BASE_URL is no http address")
    return url


def endpoint(base_url: str, name: str) -> str:
    """Beside the address to which the hub sends its chat: it puts /v1 where that is missing."""
    url = address(base_url)
    path = url.path.rstrip("/")
    if path.endswith("/chat/completions"):
        path = path.removesuffix("/chat/completions")
    elif not path.endswith("/v1"):
        path += "/v1"
    return str(url.copy_with(path=f"{path}/{name}"))


def usable(key: str | None) -> str | None:
    """A key that a header can hold; None when there is none. Raises Auth."""
    key = key.strip() if key else None
    if key and not (key.isascii() and key.isprintable()):
        raise Auth("the key has characters that no key has")
    return key or None


def hub_token(token: str | None) -> str:
    """Raises Auth for what is no token of the hub's: a key of somebody else's must not go there."""
    token = usable(token)
    if not token or not token.startswith("hf_"):
        raise Auth("HF_TOKEN is no Hugging Face token" if token else "there is no HF_TOKEN")
    return token


def install() -> None:
    """Makes the hub's clients ours. Without the hub's own request hook HF_HUB_OFFLINE stops no call to a
    server on this machine."""
    set_async_client_factory(lambda: client(current_exchange.get()))


class _Events(httpx2.AsyncByteStream):
    """The body as whole lines, read to its very end so that the connection can be used again.

    Each event of a server is a part of its own to the layers below. A task takes the parts from them, and what has come
    together goes through the layers above together.
    """

    def __init__(self, body: httpx2.AsyncByteStream, exchange: Exchange) -> None:
        self.body = body
        self.exchange = exchange
        self._come: list[bytes] = []
        self._news = asyncio.Event()
        self._broken: Exception | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        reader = self._reader = asyncio.create_task(self._read())
        pending = b""
        try:
            while self._come or not reader.done():
                await self._news.wait()
                self._news.clear()
                pending += b"".join(self._come)
                self._come.clear()
                cut = max(pending.rfind(b"\n"), pending.rfind(b"\r")) + 1
                if not cut:
                    if len(pending) > LINE_LIMIT:
                        raise Upstream("a line of the stream has no end")
                    continue
                lines, pending = pending[:cut], pending[cut:]
                if done := _DONE.search(lines):
                    yield lines[: done.start()]
                    self.exchange.done = True
                    self.exchange.hurry()
                    await asyncio.wait([reader], timeout=DRAIN_SECONDS)
                    yield b"data: [DONE]\n\n"
                    return
                yield lines
            if self._broken:
                raise self._broken
            self.exchange.ended = True
            if _DONE.search(pending):
                self.exchange.done = True
            elif pending:
                yield pending
        finally:
            await self._stop()

    async def _read(self) -> None:
        after = 0
        try:
            async for part in self.body:
                self._come.append(part)
                self._news.set()
                after += len(part) if self.exchange.done else 0
                if after > ERROR_LIMIT:
                    return
        except Exception as error:  # noqa: BLE001  raised where the lines are read
            self._broken = error
        finally:
            self._news.set()

    async def _stop(self) -> None:
        if self._reader and not self._reader.done():
            self._reader.cancel()
            await asyncio.wait([self._reader])

    async def aclose(self) -> None:
        self.exchange.hurry()
        await self._stop()
        await self.body.aclose()


class _Capped(httpx2.AsyncByteStream):
    """A body that is read whole, so no more of it than one wants to keep."""

    def __init__(self, body: httpx2.AsyncByteStream, limit: int) -> None:
        self.body = body
        self.limit = limit

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        read = 0
        async for part in self.body:
            yield part
            read += len(part)
            if read > self.limit:
                return

    async def aclose(self) -> None:
        await self.body.aclose()


def _compressed(response: httpx2.Response) -> LLMError:
    if response.status_code < 400:
        return Upstream("the answer is compressed, which nobody asked for")
    return failures.of_status(response.status_code, "", response.headers.get("retry-after"))


async def _read_errors(response: httpx2.Response) -> None:
    """The hub leaves the body of an error unread when it is chunked, and stumbles over it later."""
    if response.status_code >= 400:
        try:
            async with asyncio.timeout(ERROR_SECONDS):
                await response.aread()
        except (TimeoutError, httpx2.HTTPError):
            raise failures.of_status(response.status_code, "", response.headers.get("retry-after")) from None


async def _refuse_nonsense(response: httpx2.Response) -> None:
    kind = _media_type(response)
    if response.status_code >= 400:
        return
    if response.status_code >= 300:
        raise Upstream(f"{response.status_code}: a redirect, which is not followed")
    if kind == "text/html":
        raise Upstream(f"{response.status_code}: a page of HTML instead of a stream")
    if kind == "application/json":
        await response.aread()
        raise failures.of_body(response.text)


def _media_type(response: httpx2.Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()
