"""The real site: gunicorn as in production, on a free port, with data of its own."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx2

from tests import outgoing
from tests.plugin import ROOT, blank, common
from tests.ports import free_port

PASSWORD = "correct horse battery"


class Site:
    """A running site. `settings` are those it was started with."""

    def __init__(self, var: Path, **settings: str) -> None:
        self.var = var
        self.port = free_port()
        outgoing.is_site(self.port)
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = {
            "VAR_DIR": str(var),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "WEB_CONCURRENCY": "1",
            # Nobody listens there: no test asks the real one.
            "HF_ROUTER_URL": "http://127.0.0.1:9/v1",
            "LOG_FORMAT": "line",
            **settings,
        }
        self.command = [sys.executable, "-m", "gunicorn", "chatsite.asgi:application"]
        self.ending = signal.SIGINT
        self.process: subprocess.Popen[bytes] | None = None
        self.prepared = False
        self.log = var / "site.log"

    def on_uvicorn(self) -> Self:
        """Its worker under gunicorn; it does not hear what ends others at once."""
        self.command += ["-k", "uvicorn.workers.UvicornWorker"]
        self.ending = signal.SIGTERM
        return self

    def start(self) -> None:
        environment = blank() | self.settings
        elsewhere = bool(self.settings.get("DATABASE_URL"))
        furnish(self.var, database=not elsewhere)
        if elsewhere and not self.prepared:
            subprocess.run([sys.executable, "-m", "chatsite.prepare"], cwd=ROOT, env=environment, check=True)
            self.prepared = True
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            try:
                if httpx2.get(f"{self.url}/healthz", trust_env=False).is_success:
                    return
            except httpx2.TransportError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self) -> None:
        """Ends the site at once, its workers too."""
        if self.process:
            self.process.send_signal(self.ending)
            self.process.wait(20)
            self.process = None

    def kill(self) -> None:
        """All its processes at once, as when the machine loses its power."""
        assert self.process
        master = self.process.pid
        # Else it would put new workers in the place of the dead ones; and without it they would end by themselves.
        os.kill(master, signal.SIGSTOP)
        workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        for pid in (*map(int, workers), master):
            os.kill(pid, signal.SIGKILL)
        self.process.wait(10)
        self.process = None

    def visitor(self) -> Visitor:
        return Visitor(self.url)


def furnish(var: Path, *, database: bool) -> None:
    """Gives a new folder what `chatsite.prepare` would make in each of them, made once for all."""
    prepared = common / "prepared"
    with (common / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not prepared.exists():
            making = common / "making"
            environment = blank() | {"VAR_DIR": str(making)}
            subprocess.run([sys.executable, "-m", "chatsite.prepare"], cwd=ROOT, env=environment, check=True)
            making.rename(prepared)
    if database and not (var / "db.sqlite3").exists():
        shutil.copy(prepared / "db.sqlite3", var)
    if not (var / "static").exists():
        (var / "static").symlink_to(prepared / "static")


@contextmanager
def running(var: Path, **settings: str) -> Iterator[Site]:
    site = Site(var, **settings)
    try:
        site.start()
        yield site
    finally:
        site.stop()


class Visitor:
    """Somebody with an account and a cookie jar, who speaks to the site as its page does."""

    def __init__(self, url: str, transport: httpx2.BaseTransport | None = None) -> None:
        self.http = httpx2.Client(base_url=url, timeout=30, trust_env=False, transport=transport)
        self.username = f"visitor-{uuid.uuid4().hex[:8]}"
        form = self.http.get("/accounts/signup/").text
        fields = {"username": self.username, "password1": PASSWORD, "password2": PASSWORD}
        answer = self.http.post("/accounts/signup/", data={**fields, "csrfmiddlewaretoken": token_in(form)},
                                headers={"Referer": url})  # fmt: skip
        assert answer.status_code == 302, answer.text
        self.http.get("/c/new/")

    @property
    def headers(self) -> dict[str, str]:
        return {"X-CSRFToken": self.http.cookies["csrftoken"], "Referer": str(self.http.base_url)}

    def given(self, url: str) -> tuple[int, str]:
        """The status and the text of what is there, or of where that leads."""
        answer = self.http.get(url, follow_redirects=True)
        return answer.status_code, answer.text

    def post(self, url: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        return self.http.post(url, json=body or {}, headers=self.headers)

    def say(
        self, text: str, conversation: str | None = None, parent: str | None = None, message: str | None = None
    ) -> Said:
        """Says something and reads the stream to its end."""
        said = Said(conversation or str(uuid.uuid4()), message or str(uuid.uuid4()))
        body = {"message": said.message, "parent": parent, "text": text}
        with self.stream(f"/c/{said.conversation}/messages/", body) as events:
            said.events.extend(events)
        return said

    @contextmanager
    def stream(self, url: str, body: dict[str, Any] | None = None) -> Iterator[Iterator[tuple[str, Any]]]:
        """The events of a stream, as they come; of a POST where there is a body."""
        method = "GET" if body is None else "POST"
        headers = {**self.headers, "Accept": "text/event-stream"}
        with self.http.stream(method, url, json=body, headers=headers) as response:
            assert response.status_code == 200, response.read()
            yield events_in(response)


class Said:
    """What one message led to."""

    def __init__(self, conversation: str, message: str) -> None:
        self.conversation = conversation
        self.message = message
        self.events: list[tuple[str, Any]] = []

    def __getitem__(self, name: str) -> Any:
        """The data of the first event with this name."""
        return next(data for event, data in self.events if event == name)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    @property
    def reply(self) -> str:
        reply: str = self["started"]["reply"]
        return reply


def events_in(response: httpx2.Response) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def token_in(html: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
    assert found, html
    return found[1]
