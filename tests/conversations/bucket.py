"""A real S3 server on loopback, and a proxy before it that behaves badly on request."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import boto3
from moto.server import ThreadedMotoServer

from conversations.store import S3Options


@contextmanager
def server() -> Iterator[int]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    try:
        yield moto.get_host_and_port()[1]
    finally:
        moto.stop()


def options(port: int) -> S3Options:
    return S3Options(f"http://127.0.0.1:{port}", "us-east-1", "AKEY", "a-secret")


def new_bucket(port: int) -> str:
    name = f"chat-{uuid.uuid4().hex[:12]}"
    client = boto3.session.Session("AKEY", "a-secret").client(
        "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1"
    )
    client.create_bucket(Bucket=name)
    client.put_object(Bucket=name, Key="beside/the/prefix.json", Body=b"not ours")
    return name


class Proxy(ThreadingHTTPServer):
    """Passes requests on; the next ones with a method may be answered wrongly.

    `faults` holds per method what to do with the coming requests: "lost" passes one on and hangs up instead
    of answering, "cut" sends half of the answer's body, (status, code) answers with that error.
    """

    daemon_threads = True

    def __init__(self, upstream: int) -> None:
        super().__init__(("127.0.0.1", 0), Relay)
        self.upstream = upstream
        self.faults: dict[str, list[str | tuple[int, str]]] = {}
        self.seen: list[str] = []


class Relay(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def relay(self) -> None:
        self.server.seen.append(self.command)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = next(iter(self.server.faults.get(self.command, [])[:1]), None)
        if fault:
            self.server.faults[self.command].pop(0)
        if isinstance(fault, tuple):
            status, code = fault
            error = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
            self.answer(status, {"Content-Length": str(len(error))}, error)
            return
        upstream = HTTPConnection("127.0.0.1", self.server.upstream, timeout=10)
        upstream.request(self.command, self.path, body, dict(self.headers))
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        if fault != "lost":
            self.answer(answer.status, dict(answer.headers), content[: len(content) // (2 if fault else 1)])
        self.close_connection = fault is not None

    do_GET = do_PUT = do_HEAD = do_DELETE = relay  # noqa: N815

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
def proxy(upstream: int) -> Iterator[Proxy]:
    between = Proxy(upstream)
    Thread(target=between.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield between
    finally:
        between.shutdown()
        between.server_close()
