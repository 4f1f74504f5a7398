"""Heroku without Heroku: the lines of the Procfile as it runs them, and its router."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import httpx2

from tests.deploy import checkout
from tests.plugin import ROOT, blank
from tests.ports import free_port

APP = "chat-0123456789ab.herokuapp.com"
GRACE = 30
"""Seconds between SIGTERM and SIGKILL."""


def lines() -> dict[str, str]:
    """The command of each kind of process."""
    text = (ROOT / "Procfile").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9_-]+):\s*(.+)$", text, re.MULTILINE))


class Dyno:
    """One process of the Procfile, of an app in a folder, with the app's config vars."""

    def __init__(self, kind: str, folder: Path, config: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.log = log
        environment = {
            **blank(),
            **config,
            "DYNO": f"{kind}.1",
            "PORT": str(self.port),
            "PATH": checkout.path(),
            "HOME": str(folder),
            "PYTHONUNBUFFERED": "1",
            # What the Python buildpack sets on a dyno of 512 MB.
            "WEB_CONCURRENCY": config.get("WEB_CONCURRENCY", "2"),
        }
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [*checkout.obedient(), "bash", "-c", lines()[kind]],
                cwd=folder, env=environment, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @property
    def pids(self) -> list[int]:
        """The first process and its workers."""
        first = self.process.pid
        return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]

    def wait(self, seconds: float = 30) -> int:
        return self.process.wait(seconds)

    def up(self, seconds: float = 30) -> None:
        """Heroku gives a web process 60 seconds to listen."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            with suppress(httpx2.TransportError):
                httpx2.get(f"http://127.0.0.1:{self.port}/healthz", trust_env=False)
                return
            time.sleep(0.05)
        raise AssertionError(self.said)

    def stop(self) -> float:
        """Every process is told to end, and killed where it has not; returns the seconds it took."""
        began = time.monotonic()
        self._tell(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        self.kill()
        return time.monotonic() - began

    def kill(self) -> None:
        self._tell(signal.SIGKILL)
        self.process.wait()

    def _tell(self, signal_number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal_number)


class Router(httpx2.BaseTransport):
    """Ends https and passes requests on to a web process."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.inner = httpx2.HTTPTransport(verify=False, trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = httpx2.Headers(request.headers)
        headers["X-Forwarded-For"] = "203.0.113.7"
        headers["X-Forwarded-Proto"] = request.url.scheme
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self.port)
        return self.inner.handle_request(httpx2.Request(request.method, url, headers=headers, stream=request.stream))
