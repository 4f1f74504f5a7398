"""A hub on the loopback, with one model in it: as much of huggingface.co as a download needs."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PIECE = 64 * 1024


class Hub:
    """`delay`: seconds between two pieces of a file."""

    def __init__(self, model: str, folder: Path, *, delay: float = 0.0) -> None:
        self.model = model
        self.folder = folder
        self.delay = delay
        self.url = ""
        self.asked: list[tuple[str, str | None]] = []
        """Paths, and the authorization they were asked with."""

    def file(self, path: str) -> Path | None:
        prefix = f"/{self.model}/resolve/{COMMIT}/"
        return self.folder / path.removeprefix(prefix) if path.startswith(prefix) else None

    def document(self, path: str) -> Any:
        api = f"/api/models/{self.model}"
        files = sorted(self.folder.iterdir())
        if path.startswith(f"{api}/tree/"):
            return [
                {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": self.tag(file)}
                for file in files
            ]
        if path.startswith(api):
            siblings = [{"rfilename": file.name, "size": file.stat().st_size} for file in files]
            return {"id": self.model, "modelId": self.model, "sha": COMMIT, "siblings": siblings}
        return None

    def tag(self, file: Path) -> str:
        return hashlib.sha1(file.read_bytes()).hexdigest()

    @contextmanager
    def listening(self) -> Iterator[Hub]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                hub.asked.append((path, self.headers.get("authorization")))
                file = hub.file(path)
                if file and file.is_file():
                    self.answer(200, file.read_bytes(), ETag=f'"{hub.tag(file)}"', **{"X-Repo-Commit": COMMIT})
                elif (document := hub.document(path)) is not None:
                    self.answer(200, json.dumps(document).encode(), **{"Content-Type": "application/json"})
                else:
                    self.answer(404, b"{}", **{"X-Error-Code": "RepoNotFound"})

            def answer(self, status: int, body: bytes, **headers: str) -> None:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                for start in range(0, len(body) if self.command == "GET" else 0, PIECE):
                    self.wfile.write(body[start : start + PIECE])
                    time.sleep(hub.delay)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
