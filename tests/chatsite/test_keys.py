"""A site with a key for each of its servers, and a user with a token of their own: who gets to see which."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import canary
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.plugin import ROOT
from tests.site import Said, Site, Visitor, running

KEYS = {
    "HF_TOKEN": "hf_canarySitesToken",
    "LLM_API_KEY": "sk-canary-first-server",
    "LLM_KEY_ALPHA": "canary-of-alpha",
    "LLM_KEY_BETA": "canary-of-beta",
}
OWN = "hf_canaryAlicesOwn"
MODELS = {
    "router": "huggingface/org/model",
    "first": "first-model",
    "alpha": "alpha/a-model",
    "beta": "beta/b-model",
}
HOME = {"router": "HF_TOKEN", "first": "LLM_API_KEY", "alpha": "LLM_KEY_ALPHA", "beta": "LLM_KEY_BETA"}


@dataclass
class Aviary:
    site: Site
    servers: dict[str, ModelServer]
    trap: ModelServer
    """Nobody has any business there."""
    alice: Visitor
    """Has pasted a token of her own."""
    bob: Visitor

    def seen(self) -> dict[str, set[str | None]]:
        """Which authorizations each server was sent."""
        return {
            name: {request.headers.get("authorization") for request in server.requests}
            for name, server in (self.servers | {"trap": self.trap}).items()
        }


@pytest.fixture(scope="module")
def aviary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aviary]:
    with ExitStack() as stack:
        servers = {name: stack.enter_context(ModelServer()) for name in MODELS}
        trap = stack.enter_context(ModelServer())
        for name, server in servers.items():
            server.models = (MODELS[name].removeprefix(f"{name}/").removeprefix("huggingface/"),)
        # What a list says is no address that anybody goes to.
        listed = [{"id": "b-model", "url": trap.base_url}, {"id": f"{trap.base_url}/x"}]
        servers["beta"].models = json.dumps({"data": listed, "next": trap.base_url})
        site = stack.enter_context(
            running(
                tmp_path_factory.mktemp("keys"),
                **KEYS,
                HF_ROUTER_URL=servers["router"].base_url,
                LLM_BASE_URL=servers["first"].base_url,
                LLM_ENDPOINTS=f"alpha={servers['alpha'].base_url} beta={servers['beta'].base_url}",
                LLM_MODELS="*",
                LOG_LEVEL="DEBUG",
            )
        )
        alice, bob = site.visitor(), site.visitor()
        assert alice.post("/settings/token/", {"token": OWN}).status_code == 204
        yield Aviary(site, servers, trap, alice, bob)


def ask(visitor: Visitor, model: str, text: str = "Hello") -> Said:
    said = Said(str(uuid.uuid4()), str(uuid.uuid4()))
    body = {"message": said.message, "parent": None, "text": text, "model": model}
    with visitor.stream(f"/c/{said.conversation}/messages/", body) as events:
        said.events.extend(events)
    return said


def ask_again(visitor: Visitor, said: Said) -> list[str]:
    with visitor.stream(f"/c/{said.conversation}/messages/{said.message}/replies/", {}) as events:
        return [name for name, _ in events]


def bearers(*keys: str) -> set[str | None]:
    return {f"Bearer {key}" for key in keys}


def test_every_model_is_asked_with_the_key_of_its_own_server(aviary: Aviary) -> None:
    for visitor in (aviary.alice, aviary.bob):
        listed = {model["id"] for model in visitor.http.get("/models/").json()["models"]}
        assert set(MODELS.values()) <= listed
        for model in MODELS.values():
            said = ask(visitor, model)
            assert (said["started"]["model"], "done" in said.names, "title" in said.names) == (model, True, True)
            assert "done" in ask_again(visitor, said)
    assert aviary.seen() == {
        "router": bearers(KEYS["HF_TOKEN"], OWN),
        **{name: bearers(KEYS[HOME[name]]) for name in ("first", "alpha", "beta")},
        "trap": set(),
    }


def test_each_user_is_answered_from_their_own_quota(aviary: Aviary) -> None:
    router = aviary.servers["router"]
    for visitor, key in ((aviary.alice, OWN), (aviary.bob, KEYS["HF_TOKEN"])):
        before = len(router.chats)
        ask(visitor, MODELS["router"])
        assert {chat.headers["authorization"] for chat in router.chats[before:]} == bearers(key)


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("name", MODELS)
def test_a_server_that_sends_one_elsewhere_is_not_followed(aviary: Aviary, name: str, status: int) -> None:
    there = f"{aviary.trap.base_url}/chat/completions"
    aviary.servers[name].script.append(Answer(status=status, body="", headers={"Location": there}))
    assert ask(aviary.alice, MODELS[name])["failed"]["code"] == "upstream"
    assert aviary.seen()["trap"] == set()


@pytest.mark.parametrize("name", MODELS)
def test_a_reply_that_names_another_server_leads_nobody_there(aviary: Aviary, name: str) -> None:
    server, there = aviary.servers[name], aviary.trap.base_url
    server.script.append(Answer(body=json.dumps({"url": there, "error": {"message": f"moved to {there}"}})))
    assert ask(aviary.alice, MODELS[name])["failed"]["code"] == "upstream"
    server.script.append(Answer(text=f"![a picture]({there}/x.png) [there]({there})"))
    assert "done" in ask(aviary.alice, MODELS[name]).names
    assert aviary.seen()["trap"] == set()


@pytest.mark.parametrize("model", ["{trap}/x", "beta/{trap}/x", "huggingface/{trap}/x", "alpha/../{trap}"])
def test_a_model_that_is_an_address_is_nowhere_asked_for(aviary: Aviary, model: str) -> None:
    ask(aviary.alice, model.format(trap=aviary.trap.base_url))
    assert aviary.seen()["trap"] == set()


def test_what_servers_repeat_of_their_keys_is_told_to_nobody(aviary: Aviary) -> None:
    visitor, kept = aviary.alice, {**KEYS, "OWN": OWN}
    texts: list[str] = []
    for name, model in MODELS.items():
        for status in (400, 401, 500):
            echo = json.dumps({"error": {"message": f"Bearer {KEYS[HOME[name]]} {OWN}: no such key"}})
            aviary.servers[name].script.append(Answer(status=status, body=echo))
            said = ask(visitor, model)
            texts.append(str(said.events))
        here = f"/c/{said.conversation}/"
        pages = [here, f"{here}settings/", f"{here}messages/", *(f"{here}export/{kind}/" for kind in ("md", "json"))]
        texts += [visitor.http.get(page).text for page in [*pages, "/settings/", "/models/", "/", "/c/changes/"]]
    assert [name for name, key in kept.items() if any(key in text for text in texts)] == []


def test_none_of_them_lies_in_clear_in_the_log_the_database_or_a_transcript(aviary: Aviary) -> None:
    ask(aviary.alice, MODELS["router"])
    files = [path for path in aviary.site.var.rglob("*") if path.is_file() and "static" not in path.parts]
    assert {"site.log", "db.sqlite3"} <= {path.name for path in files}
    assert [path.name for path in files for key in (*KEYS.values(), OWN) if key.encode() in path.read_bytes()] == []


def test_the_record_of_what_goes_out_saw_the_same(aviary: Aviary) -> None:
    ask(aviary.bob, MODELS["alpha"])
    ports = {f"127.0.0.1:{server.port}": name for name, server in aviary.servers.items()}
    sent = [one for one in canary.requests() if one["to"] in ports and "gunicorn" in one["from"]]
    seen: dict[str, Any] = {}
    for one in sent:
        seen.setdefault(ports[one["to"]], set()).update(name for name, _ in one["keys"] if name in KEYS)
    assert seen["alpha"] == {"LLM_KEY_ALPHA"}
    assert all(names <= {HOME[name]} for name, names in seen.items())
    assert len([one for one in sent if one["to"].endswith(f":{aviary.servers['alpha'].port}")]) == len(
        aviary.servers["alpha"].requests
    )


def test_a_key_that_goes_astray_is_noticed(aviary: Aviary, tmp_path: Path) -> None:
    astray = f"import httpx2; httpx2.get('{aviary.trap.base_url}/?x={KEYS['HF_TOKEN']}', trust_env=False)"
    environment = os.environ | KEYS | {"HF_ROUTER_URL": "http://127.0.0.1:9/v1", "TESTS_COMMON": str(tmp_path)}
    subprocess.run([sys.executable, "-c", astray], cwd=ROOT, env=environment, check=True)
    record = (tmp_path / "outgoing.jsonl").read_text(encoding="utf-8")
    (stray,) = canary.strays([json.loads(line) for line in record.splitlines()])
    assert stray.startswith(f"HF_TOKEN at 127.0.0.1:{aviary.trap.port}: GET /v1/, sent by ")
    assert KEYS["HF_TOKEN"] not in record


def test_no_request_leaves_this_machine_unnoticed() -> None:
    line = {"from": "1 site", "to": "192.0.2.1:443", "request": "GET /", "keys": [], "elsewhere": []}
    assert canary.strays([line]) == ["192.0.2.1:443 is another machine: GET /, sent by 1 site"]
