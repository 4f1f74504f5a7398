"""A model server for tests: real HTTP, the OpenAI protocol, and every way to fail.

`python -m tests.model_server --port 8901` runs it on its own. The last user message may steer it:
`[[say: text]]`, `[[think: text]]`, `[[slow 0.05]]` (seconds between pieces), `[[fail 500]]`, `[[fail 429 for 60]]`
(seconds), `[[die 5]]` (after five pieces), `[[hold 5]]` (after five pieces it waits until it `may_go_on`), `[[hang]]`
(never answers), `[[empty]]`, `[[then: text]]` (when asked to continue); for the title request `[[title: text]]` and
`[[title fail]]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from tests.model_answers import FOR_EVER, Answer, asks_for_title, error, events, last_events, refused, steered, whole

MODELS = ("test-model", "other-model")
PATIENCE = 60
"""Seconds that what an answer comes after is waited for."""


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    connection: int
    client: int
    """The port that it came from."""
    gone: threading.Event = field(default_factory=threading.Event)
    """Set when the client left before it had the whole answer."""
    is_held: bool = False
    may_go_on: threading.Event = field(default_factory=threading.Event)
    """Waited for in the middle of an answer that is held."""
    sent: int = 0


class ModelServer:
    """`with ModelServer() as server:` listens on a free port of the loopback. Answers in `script` are given
    once each, in order; after them `answer` is given. Those in `titles` are for who asks for a title: that is when a
    reply has ended, maybe in the middle of the next test."""

    def __init__(self, answer: Answer | None = None, *, port: int = 0, delay: float = 0.0) -> None:
        self.answer = answer or Answer()
        self.script: deque[Answer] = deque()
        self.titles: deque[Answer] = deque()
        self.delay = delay
        self.models: str | tuple[str, ...] = MODELS
        self.requests: list[Request] = []
        self.connections = 0
        self.running = 0
        self.most_running = 0
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def chats(self) -> list[Request]:
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    @property
    def completions(self) -> list[Request]:
        """What base models were asked."""
        return [request for request in self.requests if request.path.endswith("/v1/completions")]

    def __enter__(self) -> Self:
        self._thread.start()
        start = asyncio.start_server(self._connected, "127.0.0.1", self._port, backlog=1024)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            client = writer.get_extra_info("peername")[1]
            while request := await _read(reader, number, client):
                self.requests.append(request)
                await self._serve(request, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _serve(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        left = asyncio.create_task(reader.read(1))
        work = asyncio.create_task(self._respond(request, writer))
        try:
            await asyncio.wait({left, work}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                request.gone.set()
                raise ConnectionResetError
            await work
        except ConnectionError:
            request.gone.set()
            raise
        finally:
            self.running -= 1
            for task in (left, work):
                task.cancel()
            await asyncio.gather(left, work, return_exceptions=True)

    async def _respond(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path.partition("?")[0].endswith("/models"):
            await _send(writer, 200, self._list())
        elif request.path.partition("?")[0].endswith("/completions"):
            script = self.titles if asks_for_title(request.body) else self.script
            answer = steered(request.body, script.popleft() if script else self.answer)
            await asyncio.sleep(answer.before_headers)
            if answer.after:
                await asyncio.to_thread(answer.after.wait, PATIENCE)
            refusal = refused(request.body, answer)
            if refusal:
                await _send(writer, *refusal)
            elif answer.body is not None or answer.status != 200:
                body = answer.body if answer.body is not None else error(answer.status)
                await _send(writer, answer.status, body, answer)
            elif request.body.get("stream"):
                await self._stream(request, answer, writer)
            else:
                await _send(writer, 200, whole(request.body, answer))
        else:
            await _send(writer, 404, json.dumps({"detail": "Not Found"}))

    def _list(self) -> str:
        if isinstance(self.models, str):
            return self.models
        listed = [{"id": name, "object": "model", "owned_by": "tests"} for name in self.models]
        return json.dumps({"object": "list", "data": listed})

    async def _stream(self, request: Request, answer: Answer, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        delay = self.delay if answer.delay is None else answer.delay
        for number, event in enumerate(events(request.body, answer)):
            if number == answer.break_after:
                break
            request.is_held = request.is_held or number == answer.hold_after
            while number == answer.hold_after and not request.may_go_on.is_set():  # noqa: ASYNC110 - it is a test's
                await asyncio.sleep(0.01)
            if delay and number:
                await asyncio.sleep(delay)
            await _write(writer, event)
            request.sent += 1
        await _end(request.body, answer, writer)


async def _read(reader: asyncio.StreamReader, connection: int, client: int) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    raw = await reader.readexactly(int(headers.get("content-length", 0)))
    body = json.loads(raw) if raw else {}
    return Request(method, path, headers, body, connection, client)


async def _send(writer: asyncio.StreamWriter, status: int, body: str, answer: Answer | None = None) -> None:
    answer = answer or Answer()
    content = body.encode()
    headers = {"Content-Type": answer.content_type, **answer.headers}
    headers |= {"Transfer-Encoding": "chunked"} if answer.chunked else {"Content-Length": str(len(content))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode())
    if answer.chunked:
        await _write(writer, body)
        writer.write(b"0\r\n\r\n")
    else:
        writer.write(content)
    await writer.drain()


async def _write(writer: asyncio.StreamWriter, text: str) -> None:
    content = text.encode("utf-8", "surrogatepass")
    writer.write(b"%x\r\n%s\r\n" % (len(content), content))
    await writer.drain()


async def _end(body: Mapping[str, Any], answer: Answer, writer: asyncio.StreamWriter) -> None:
    match answer.ending:
        case "reset":
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            writer.transport.abort()
            raise ConnectionResetError
        case "stall" | "open":
            for event in last_events(body, answer) if answer.ending == "open" else ():
                await _write(writer, event)
            await asyncio.sleep(FOR_EVER)
        case "error":
            await _write(writer, 'data: {"error": {"message": "the GPU is on fire", "type": "server_error"}}\n\n')
        case "half line":
            await _write(writer, 'data: {"choices": [{"del')
        case "eof":
            pass
        case _:
            for event in last_events(body, answer):
                await _write(writer, event)
            if answer.ending != "finish":
                await _write(writer, "data: [DONE]\n\n" if answer.ending == "done" else "data:[DONE]\n\n")
    writer.write(b"0\r\n\r\n")
    await writer.drain()


def main() -> None:
    parser = argparse.ArgumentParser(description="A model server for tests.")
    parser.add_argument("--port", type=int, default=8901)
    parser.add_argument("--delay", type=float, default=0.02, help="seconds between two pieces")
    options = parser.parse_args()
    with ModelServer(port=options.port, delay=options.delay) as server, suppress(KeyboardInterrupt):
        print(server.base_url, flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
