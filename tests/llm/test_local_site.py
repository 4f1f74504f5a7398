"""The real site with a model in its own process."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests import tiny_models
from tests.hub import Hub
from tests.site import Site, Visitor, running

QUIET = {"LLM_BACKEND": "transformers", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
SECONDS = 60


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    model = str(tiny_models.folder(tiny_models.CHAT))
    with running(tmp_path_factory.mktemp("local"), **QUIET, LLM_MODELS=model) as site:
        yield site


@pytest.fixture(scope="module")
def visitor(site: Site) -> Visitor:
    return site.visitor()


def test_the_model_is_loaded_before_anybody_asks(site: Site) -> None:
    until = time.monotonic() + SECONDS
    while "was loaded in" not in site.log.read_text():
        assert time.monotonic() < until, site.log.read_text()
        time.sleep(0.05)
    assert "answers:       " + str(tiny_models.folder(tiny_models.CHAT)) in site.log.read_text()


def test_it_answers_in_the_conversation(visitor: Visitor) -> None:
    said = visitor.say("Hello, who are you?")
    assert said["done"]["finish"] == "length"  # its window is full: it never ends by itself
    assert said["done"]["usage"]["completion_tokens"] > 100
    assert said["started"]["model"].endswith("/chat")
    assert "title" in said.names
    assert said.reply in visitor.http.get(f"/c/{said.conversation}/").text


def test_the_stop_button_stops_it_and_the_next_is_served(visitor: Visitor) -> None:
    conversation = "7b0f7c50-5a6e-4a43-9a0e-2f5b6f6d1a11"
    body = {"message": "7b0f7c50-5a6e-4a43-9a0e-2f5b6f6d1a12", "parent": None, "text": "Talk on and on"}
    with visitor.stream(f"/c/{conversation}/messages/", body) as events:
        started = next(data for name, data in events if name == "started")
        next(data for name, data in events if name == "block")
        assert visitor.post(f"/c/{conversation}/replies/{started['reply']}/stop/").status_code == 204
        done = next(data for name, data in events if name == "done")
    assert done["finish"] == "stopped"
    assert visitor.say("And now?")["done"]["finish"] == "length"


def test_pages_are_quick_while_it_speaks(visitor: Visitor, site: Site) -> None:
    reader = site.visitor()
    conversation = "7b0f7c50-5a6e-4a43-9a0e-2f5b6f6d1a21"
    body = {"message": "7b0f7c50-5a6e-4a43-9a0e-2f5b6f6d1a22", "parent": None, "text": "Talk on and on"}
    with visitor.stream(f"/c/{conversation}/messages/", body) as events:
        next(data for name, data in events if name == "block")
        began = time.monotonic()
        assert reader.http.get("/healthz").is_success
        assert time.monotonic() - began < 1
        assert any(name == "done" for name, _ in events)


def test_a_base_model_is_downloaded_and_answers_as_a_dialogue(tmp_path_factory: pytest.TempPathFactory) -> None:
    var = tmp_path_factory.mktemp("base")
    token = "hf_canary-of-the-hub"
    with Hub("tiny/base", tiny_models.folder(tiny_models.BASE)).listening() as hub:
        network = {"HF_ENDPOINT": hub.url, "HF_HOME": str(var / "cache"), "HF_HUB_OFFLINE": "0", "HF_TOKEN": token}
        settings = {**QUIET, **network, "LLM_MODELS": "tiny/base", "LLM_TITLES": "false"}
        with running(var, **settings) as site:
            done = site.visitor().say("What is Rome?")["done"]
    assert done["finish"] == "stop"
    assert f">{tiny_models.BASE_SAYS}</p>" in done["html"]
    assert {key for path, key in hub.asked if "tiny" in path} == {f"Bearer {token}"}
    assert token not in site.log.read_text()
