"""A site that is watched with all there is, and somebody who types a word that is looked for wherever one can."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.chatsite.away import away
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.site import PASSWORD, Said, Site, Visitor, running
from tests.watching.envelopes import Envelopes

TOKEN = "metrics-token-of-this-site"
LONG = 400


@dataclass
class Watched:
    site: Site
    models: ModelServer
    sentry: Envelopes
    visitor: Visitor
    secrets: dict[str, str] = field(default_factory=dict)
    """What may be in no line of the log and in no report, by what it is."""
    said: dict[str, Said] = field(default_factory=dict)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.site.log.read_text(encoding="utf-8").splitlines()]

    def line(self, **wanted: Any) -> dict[str, Any]:
        """The first that says this, as soon as it is there."""
        found: dict[str, Any] = until(
            lambda: next((line for line in self.lines if wanted.items() <= line.items()), None)
        )
        return found

    def word(self, what: str) -> str:
        return self.secrets.setdefault(what, f"Kanarie{what.title().replace(' ', '')}Vogel")

    def told(self, text: str) -> list[str]:
        return [what for what, secret in self.secrets.items() if secret.casefold() in text.casefold()]


def until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.02)
    raise AssertionError("it never came")


@contextmanager
def watched(var: Path) -> Iterator[Watched]:
    with ModelServer() as models, Envelopes() as sentry:
        settings = {
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "DEBUG",
            "METRICS_TOKEN": TOKEN,
            "SENTRY_DSN": sentry.dsn,
            "LLM_BASE_URL": models.base_url,
            "WEB_CONCURRENCY": "2",
        }
        with running(var, **settings) as site:
            yield Watched(site, models, sentry, site.visitor())


def type_everything(on: Watched) -> None:
    """Into every kind of field, rightly and wrongly, with everything there and with each part away."""
    visitor = on.visitor
    on.secrets |= {"user name": visitor.username, "password": PASSWORD}
    _talk(on, visitor)
    _fill_forms(on, visitor)
    _err(on, visitor)
    _while_away(on, visitor)
    on.secrets |= {f"cookie {name}": value for name, value in visitor.http.cookies.items() if len(value) > 15}


def _talk(on: Watched, visitor: Visitor) -> None:
    question = on.word("question")
    on.said["done"] = visitor.say(f"Why {question}? [[say: Because {on.word('reply')}.]] [[title: {on.word('title')}]]")
    echo = json.dumps({"error": {"message": f"Cannot read 'why {question}' or {on.word('prompt')} at 3"}})
    refusal = Answer(status=400, body=echo)
    # What was refused is asked again, without a system prompt.
    for answers in ([refusal, refusal], [Answer(status=401, body=echo)], [Answer(ending="error", break_after=2)]):
        on.models.script.extend(answers)
        on.said["failed"] = visitor.say(f"why {question} {on.word('prompt')} [[title fail]]")


def _fill_forms(on: Watched, visitor: Visitor) -> None:
    said = on.said["done"]
    url = f"/c/{said.conversation}"
    visitor.post(f"{url}/rename/", {"title": on.word("title")})
    assert visitor.post(f"{url}/tags/", {"tags": on.word("tag")}).status_code == 204
    visitor.post(f"{url}/settings/", {"system_prompt": on.word("system prompt"), "stop": on.word("stop sequence")})
    visitor.post(f"{url}/messages/{said.reply}/rating/", {"value": "bad", "comment": on.word("comment")})
    visitor.post("/settings/prompts/", {"command": "canary", "text": on.word("prompt text")})
    visitor.post("/settings/presets/", {"name": on.word("preset"), "system_prompt": on.word("preset prompt")})
    visitor.post("/settings/", {"about": on.word("about me"), "system_prompt": on.word("own prompt")})
    visitor.post("/settings/token/", {"token": f"hf_{on.word('token')}"})
    for search in (on.word("search"), f'"{on.word("search")}" AND (', f"{on.word('search')}:*"):
        assert visitor.http.get("/search/", params={"q": search}).status_code == 200
    visitor.post(f"{url}/share/", {"on": "true"})
    link = visitor.http.get(f"{url}/share/", headers={"Accept": "application/json"}).json()["url"]
    on.secrets["share link"] = link.rstrip("/").rpartition("/")[2]
    assert visitor.http.get(link).status_code == 200
    visitor.post(f"{url}/share/", {"on": "false"})
    assert visitor.http.get(link).status_code == 404


def _err(on: Watched, visitor: Visitor) -> None:
    wrong, url = on.word("nonsense"), f"/c/{on.said['done'].conversation}"
    wrongs: dict[str, dict[str, Any]] = {
        f"{url}/rename/": {"title": wrong * LONG},
        f"{url}/settings/": {"temperature": wrong, "model": wrong},
        f"{url}/tags/": {"tags": [wrong * LONG]},
        f"{url}/messages/": {"message": wrong, "text": wrong},
        f"/c/{wrong}/messages/": {"text": wrong},
        "/settings/prompts/": {"command": f"{wrong} {wrong}", "text": ""},
    }
    for path, body in wrongs.items():
        assert visitor.post(path, body).status_code >= 400
    visitor.http.get(f"/{wrong}/{wrong}?q={wrong}")
    broken = {**visitor.headers, "Content-Type": "application/json"}
    visitor.http.post(f"{url}/rename/", content=f'{{"{wrong}"', headers=broken)
    visitor.http.post(f"{url}/rename/?{wrong}", data={"title": wrong})  # without its CSRF token
    visitor.http.get("/c/new/", headers={"X-Request-ID": f"{wrong} {wrong}", "Referer": wrong, "User-Agent": wrong})
    visitor.http.get(f"/accounts/password/reset/key/1-{on.word('reset key')}/")
    stranger = Visitor.__new__(Visitor)
    stranger.http = type(visitor.http)(base_url=on.site.url, trust_env=False)
    stranger.http.get("/accounts/login/")
    for name in ("login", "signup"):
        fields = {"login": on.word("login"), "username": on.word("login"), "password": on.word("wrong password"),
                  "password1": on.word("wrong password"), "password2": wrong}  # fmt: skip
        stranger.http.post(f"/accounts/{name}/?next=/{quote(wrong)}", data=fields, headers=stranger.headers)


def _while_away(on: Watched, visitor: Visitor) -> None:
    body = {"message": str(uuid.uuid4()), "text": on.word("question"), "parent": None}
    with away(on.site.var / "store"):
        assert visitor.post(f"/c/{uuid.uuid4()}/messages/", body).status_code == 503
        assert visitor.http.get(f"/c/{uuid.uuid4()}/").status_code == 404
        assert visitor.http.get("/readyz").status_code == 503
    with away(on.site.var / "db.sqlite3"):
        assert visitor.post(f"/c/{uuid.uuid4()}/messages/", body).status_code == 503
        assert visitor.http.get("/search/", params={"q": on.word("search")}).status_code == 503
        assert visitor.http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
