"""The Procfile as Heroku runs it: its environment, a checkout nobody can write to, and its way to end a process."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx2
import jsonschema
import pytest

from tests.deploy import checkout, dyno
from tests.deploy.dyno import APP, GRACE, Dyno, Router
from tests.deploy.servers import Shared
from tests.model_server import ModelServer
from tests.plugin import ROOT
from tests.site import Visitor

WORDS = " ".join(f"word{number}" for number in range(400))
SCHEMA = {
    "type": "object",
    "required": ["name", "addons", "env", "buildpacks"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 3, "maxLength": 30},
        "description": {"type": "string"},
        "keywords": {"type": "array", "items": {"type": "string"}},
        "success_url": {"type": "string", "pattern": "^/"},
        "addons": {"type": "array", "items": {"type": "string", "pattern": "^[a-z-]+:[a-z0-9-]+$"}},
        "buildpacks": {"type": "array", "items": {"properties": {"url": {"const": "heroku/python"}}}},
        "formation": {
            "properties": {"web": {"properties": {"quantity": {"type": "integer"}, "size": {"enum": ["eco", "basic"]}}}}
        },
        "env": {
            "additionalProperties": {
                "required": ["description"],
                "additionalProperties": False,
                "properties": {
                    "description": {"type": "string"},
                    "value": {"type": "string"},
                    "required": {"type": "boolean"},
                    "generator": {"const": "secret"},
                },
            }
        },
    },
}


@pytest.fixture(scope="module")
def slug(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the build makes: Heroku runs collectstatic without a dyno, and maybe before any config var is there."""
    folder = checkout.copied(tmp_path_factory.mktemp("slug"), ROOT / ".slugignore")
    built = checkout.python(folder, "manage.py", "collectstatic", "--noinput", "--traceback", PYTHONPATH=".")
    assert built.returncode == 0, built.stderr
    subprocess.run([folder / "bin/post_compile"], cwd=folder, env={"PATH": checkout.path()}, check=True)
    checkout.lock(folder)
    yield folder
    checkout.unlock(folder)


@pytest.fixture(scope="module")
def config(shared: Shared, model_server: ModelServer) -> dict[str, str]:
    """What the add-ons and app.json set, and a model server."""
    return {
        "DATABASE_URL": shared.database_url,
        "SECRET_KEY": "s" * 64,
        "ENCRYPTION_KEY": "e" * 64,
        "LLM_BASE_URL": model_server.base_url,
        "HF_ROUTER_URL": "http://127.0.0.1:9/v1",
        **shared.bucketeer,
    }


def released(folder: Path, config: dict[str, str], log: Path) -> tuple[int, str]:
    """How the release phase ended, and its last line."""
    log.unlink(missing_ok=True)
    process = Dyno("release", folder, config, log)
    return process.wait(), (process.said.strip().splitlines() or [""])[-1]


class App:
    """Released once; its web process is started when it is wanted and not there."""

    def __init__(self, slug: Path, config: dict[str, str], log: Path) -> None:
        self.slug, self.config, self.log = slug, config, log
        self.web: Dyno | None = None
        assert released(slug, config, log)[0] == 0, log.read_text(encoding="utf-8")

    def running(self) -> Dyno:
        if self.web is None or self.web.process.poll() is not None:
            self.web = Dyno("web", self.slug, self.config, self.log)
            self.web.up()
        return self.web


@pytest.fixture(scope="module")
def app(slug: Path, config: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = App(slug, config, tmp_path_factory.mktemp("logs") / "log")
    yield app
    if app.web:
        app.web.kill()


@pytest.fixture
def web(app: App) -> Dyno:
    return app.running()


def test_the_files_for_heroku_say_what_heroku_understands() -> None:
    jsonschema.validate(json.loads((ROOT / "app.json").read_text(encoding="utf-8")), SCHEMA)
    assert re.fullmatch(r"3\.\d+\n", (ROOT / ".python-version").read_text(encoding="utf-8"))
    assert dyno.lines().keys() == {"release", "web"}


def test_a_release_that_could_not_serve_fails_and_says_why(slug: Path, config: dict[str, str], tmp_path: Path) -> None:
    status, last = released(slug, config | {"BUCKETEER_BUCKET_NAME": "no-such-bucket"}, tmp_path / "log")
    assert status != 0
    assert last.startswith("CONVERSATION_STORE: ")
    assert "no-such-bucket" in last


def test_a_dyno_without_a_lasting_store_does_not_start(slug: Path, config: dict[str, str], tmp_path: Path) -> None:
    process = Dyno("web", slug, config | {"CONVERSATION_STORE": "file:///app/var"}, tmp_path / "log")
    assert process.wait() != 0
    assert process.said == "CONVERSATION_STORE: must be an s3:// URL here: a folder would be lost with the dyno\n"


def test_the_site_is_there_under_the_address_of_the_app_and_by_https_only(web: Dyno) -> None:
    with httpx2.Client(transport=Router(web.port), trust_env=False) as browser:
        page = browser.get(f"https://{APP}/accounts/login/")
        assert page.status_code == 200
        assert [cookie.secure for cookie in page.cookies.jar] == [True]
        assert "max-age=" in page.headers["Strict-Transport-Security"]
        style = re.search(r'href="(/static/css/site\.[0-9a-f]{12}\.css)"', page.text)
        assert style
        assert browser.get(f"https://{APP}{style[1]}").status_code == 200
        insecure = browser.get(f"http://{APP}/accounts/login/")
        assert (insecure.status_code, insecure.headers["Location"]) == (301, f"https://{APP}/accounts/login/")
        assert browser.get("https://elsewhere.example/").status_code == 400
    assert len(web.pids) == 1 + 2, "as many workers as WEB_CONCURRENCY says"


def test_many_at_once_get_by_with_the_twenty_connections_of_the_smallest_database(web: Dyno) -> None:
    visitor = Visitor(f"https://{APP}", Router(web.port))
    with ThreadPoolExecutor(24) as tabs:
        statuses = list(tabs.map(lambda _: visitor.http.get("/c/new/").status_code, range(24)))
    assert statuses == [200] * 24


def test_while_the_model_is_silent_the_first_byte_comes_soon(web: Dyno) -> None:
    """The router waits 30 seconds for it, and 55 for each one after; the sign of life comes every 10."""
    visitor = Visitor(f"https://{APP}", Router(web.port))
    body = {"message": str(uuid4()), "parent": None, "text": "Think for long [[hang]]"}
    url = f"/c/{uuid4()}/messages/"
    began = time.monotonic()
    with visitor.http.stream("POST", url, json=body, headers=visitor.headers) as answer:
        raw = answer.iter_raw()
        assert b"event: started" in next(raw)
        assert time.monotonic() - began < 25
        silent = time.monotonic()
        while not next(raw).startswith(b":"):
            pass
        assert time.monotonic() - silent < 40


def test_a_dyno_that_ends_saves_what_is_being_said_and_has_written_nothing(
    slug: Path, shared: Shared, web: Dyno
) -> None:
    before = checkout.contents(slug)
    visitor = Visitor(f"https://{APP}", Router(web.port))
    conversation, message = str(uuid4()), str(uuid4())
    body = {"message": message, "parent": None, "text": f"Long [[slow 0.1]] [[say: {WORDS}]]"}
    with visitor.stream(f"/c/{conversation}/messages/", body) as stream, ThreadPoolExecutor(1) as heroku:
        events = [next(stream)]
        stopping = heroku.submit(web.stop)
        events.extend(stream)
        seconds = stopping.result()
    assert seconds < GRACE
    assert web.process.returncode == 0, web.said
    reply = events[0][1]["reply"]
    assert dict(events)["done"]["finish"] == "interrupted"
    messages = {one["id"]: one for one in shared.transcripts()[conversation]["messages"]}
    assert messages.keys() == {message, reply}
    assert messages[reply]["finish"] == "interrupted"
    assert WORDS.startswith(messages[reply]["text"])
    assert len(messages[reply]["text"]) > 100
    assert shared.query("SELECT count(*) FROM conversations_reply WHERE finish = ''") == [(0,)]
    assert checkout.contents(slug) == before


def test_the_time_to_end_is_shorter_than_the_time_until_the_kill() -> None:
    assert runpy.run_path(str(ROOT / "gunicorn.conf.py"))["graceful_timeout"] < GRACE
