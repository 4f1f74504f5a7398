"""A server that takes what is reported to Sentry."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Envelopes:
    def __init__(self) -> None:
        self.received: list[bytes] = []
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                packed = self.headers.get("Content-Encoding") == "gzip"
                received.append(str(self.headers).encode() + b"\n" + (gzip.decompress(body) if packed else body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Not beside the tests' own output."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def dsn(self) -> str:
        return f"http://0123456789abcdef@127.0.0.1:{self._server.server_port}/7"

    @property
    def events(self) -> list[dict[str, Any]]:
        lines = [line for envelope in list(self.received) for line in envelope.decode().splitlines()]
        read = [json.loads(line) for line in lines if line.startswith("{")]
        return [each for each in read if "logentry" in each]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
