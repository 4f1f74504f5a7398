"""A real S3 server on loopback, and a proxy before it that behaves badly on request."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Literal

import boto3
from moto.server import ThreadedMotoServer

from conversations.store import S3Options

Dialect = Literal["standard", "unquoted", "ignoring", "refusing"]
Fault = str | tuple[int, str] | Event
Lock = Callable[[str], AbstractContextManager[None]]
CONDITIONS = ("If-Match", "If-None-Match")


@contextmanager
def server() -> Iterator[int]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    try:
        yield moto.get_host_and_port()[1]
    finally:
        moto.stop()


def options(port: int, lock: Lock | None = None) -> S3Options:
    return S3Options(f"http://127.0.0.1:{port}", "us-east-1", "AKEY", "a-secret", lock=lock)


def new_bucket(port: int) -> str:
    name = f"chat-{uuid.uuid4().hex[:12]}"
    client(port).create_bucket(Bucket=name)
    client(port).put_object(Bucket=name, Key="beside/the/prefix.json", Body=b"not ours")
    return name


@cache
def client(port: int) -> Any:
    session = boto3.session.Session("AKEY", "a-secret")
    return session.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1")


class Proxy(ThreadingHTTPServer):
    """Passes requests on; the next ones with a method may be answered wrongly.

    `faults` holds per method what to do with the coming requests: "lost" passes one on and hangs up instead
    of answering, "shut" hangs up at once, "cut" sends half of the answer's body, (status, code) answers with that
    error, an event is silence until it is set.

    `dialect` is what it makes of conditions on writes: it wants the tag without quotes and knows no 404 for it, as
    Ceph does, ignores them, or refuses them, as Swift does.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream: int, dialect: Dialect = "standard") -> None:
        super().__init__(("127.0.0.1", 0), Relay)
        self.upstream = upstream
        self.dialect = dialect
        self.faults: dict[str, list[Fault]] = {}
        self.seen: list[str] = []

    def fault(self, command: str, path: str, body: bytes) -> Fault | None:
        waiting = self.faults.get(command)
        return waiting.pop(0) if waiting else None


class Relay(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def relay(self) -> None:
        self.server.seen.append(self.command)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.fault(self.command, self.path, body) or self.objection()
        if isinstance(fault, tuple):
            self.refuse(*fault)
            return
        if isinstance(fault, Event):
            fault.wait(60)
        if fault == "shut" or isinstance(fault, Event):
            self.close_connection = True
            return
        status, headers, content = self.forwarded(body)
        if fault != "lost":
            self.answer(status, headers, content[: len(content) // (2 if fault else 1)])
        self.close_connection = fault is not None

    do_GET = do_PUT = do_HEAD = do_DELETE = relay  # noqa: N815

    def objection(self) -> tuple[int, str] | None:
        """What this dialect has against a write; what it has nothing against goes on in the standard's words."""
        conditions = [name for name in CONDITIONS if self.command == "PUT" and name in self.headers]
        tag = self.headers.get("If-Match", "")
        if conditions and self.server.dialect == "refusing":
            return 501, "NotImplemented"
        if self.server.dialect == "ignoring":
            for name in conditions:
                del self.headers[name]
        if self.server.dialect == "unquoted" and tag:
            if tag.startswith('"') or self.forwarded(b"", "HEAD")[0] == 404:
                return 412, "PreconditionFailed"
            self.headers.replace_header("If-Match", f'"{tag}"')
        return None

    def forwarded(self, body: bytes, command: str = "") -> tuple[int, dict[str, str], bytes]:
        upstream = HTTPConnection("127.0.0.1", self.server.upstream, timeout=10)
        headers = {name: value for name, value in self.headers.items() if not command or name != "Content-Length"}
        upstream.request(command or self.command, self.path, body, headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        return answer.status, dict(answer.headers), content

    def refuse(self, status: int, code: str) -> None:
        error = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        self.answer(status, {"Content-Length": str(len(error))}, error)

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name not in {"Connection", "Server", "Date"}:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def proxy(upstream: int, dialect: Dialect = "standard") -> Iterator[Proxy]:
    between = Proxy(upstream, dialect)
    Thread(target=between.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield between
    finally:
        between.shutdown()
        between.server_close()
