from __future__ import annotations

import asyncio
import socket

import pytest

from llm import Config, LLMError, catalog, errors, local_servers
from llm.catalog import Choice, default_model, models, short_name
from llm.local_servers import LocalServer
from tests.llm.conftest import Asker
from tests.model_server import ModelServer


async def ids(config: Config) -> list[str]:
    """Without the guide, which is always offered too."""
    return [model.id for model in await models(config) if model.id != "guide"]


async def test_the_guide_is_one_model() -> None:
    assert await default_model(Config()) == Choice("guide")
    assert [(model.id, model.name) for model in await models(Config())] == [("guide", "Chatsite guide")]


async def test_a_server_offers_what_it_lists(ask: Asker, server: ModelServer) -> None:
    for config in (ask.config(), ask.config(models=("*",))):
        assert await default_model(config) == Choice("test-model")
        assert await ids(config) == ["test-model", "other-model"]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "mute",
    ["nomic-embed-text:latest", "text-embedding-3-small", "embeddinggemma", "bge-m3:latest", "all-minilm:33m",
     "qwen3-reranker", "whisper-1", "tts-1-hd", "gpt-4o-mini-tts", "dall-e-3", "omni-moderation-latest"],
)  # fmt: skip
async def test_what_cannot_talk_is_not_the_default(ask: Asker, server: ModelServer, mute: str) -> None:
    server.models = (mute, "gemma2:latest")
    assert await default_model(ask.config()) == Choice("gemma2:latest")
    assert await default_model(ask.config(models=("gone",))) == Choice("gemma2:latest", instead_of="gone")
    assert await ids(ask.config()) == ["gemma2:latest", mute]


async def test_a_server_that_lists_nothing_else_is_believed(ask: Asker, server: ModelServer) -> None:
    server.models = ("my-embed",)
    assert await default_model(ask.config()) == Choice("my-embed")


async def test_configured_models_narrow_what_is_offered(ask: Asker) -> None:
    assert await ids(ask.config(models=("other-model",))) == ["other-model"]
    assert await ids(ask.config(models=("other-model", "*"))) == ["other-model", "test-model"]


async def test_a_default_the_server_does_not_list_gives_way(ask: Asker) -> None:
    config = ask.config(models=("gone",))
    assert await default_model(config) == Choice("test-model", instead_of="gone")
    assert await ids(config) == ["test-model"]
    assert await default_model(ask.config(models=("gone", "other-model"))) == Choice("other-model", instead_of="gone")


async def test_a_tag_that_goes_without_saying_is_listed(ask: Asker, server: ModelServer) -> None:
    server.models = ("llama3:latest",)
    assert await default_model(ask.config(models=("llama3",))) == Choice("llama3")


@pytest.mark.parametrize("listed", ["<html>", "[]", '{"data": 5}', "{}"])
async def test_without_a_list_the_configured_model_is_used(ask: Asker, server: ModelServer, listed: str) -> None:
    server.models = listed
    assert await default_model(ask.config(models=("mine",))) == Choice("mine")
    assert await ids(ask.config(models=("mine", "*"))) == ["mine"]
    with pytest.raises(errors.Upstream):
        await default_model(ask.config())
    with pytest.raises(errors.Upstream):
        await models(ask.config())
    assert len(server.requests) == 1


async def test_a_list_with_odd_entries_gives_the_others(ask: Asker, server: ModelServer) -> None:
    server.models = '{"data": [{"id": "a"}, 5, {"name": "x"}, {"id": 5}, {"id": "a"}, {"id": "b"}]}'
    assert await ids(ask.config()) == ["a", "b"]


async def test_an_empty_list_leaves_nothing_to_choose(ask: Asker, server: ModelServer) -> None:
    server.models = ()
    assert await default_model(ask.config(models=("mine",))) == Choice("mine")
    with pytest.raises(errors.NotFound):
        await default_model(ask.config())


async def test_a_server_that_is_not_there_is_unreachable(ask: Asker) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        config = ask.config(base_url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(errors.Unreachable):
            await default_model(config)
        assert await default_model(ask.config(base_url=config.base_url, models=("mine",))) == Choice("mine")


@pytest.mark.parametrize(
    ("suffix", "path"),
    [
        ("", "/v1/models"),
        ("/", "/v1/models"),
        ("/v1/", "/v1/models"),
        ("/api/v2", "/api/v2/v1/models"),
        ("/v1/chat/completions", "/v1/models"),
        ("/openai/chat/completions", "/openai/models"),
        ("/v1?version=1", "/v1/models?version=1"),
    ],
)
async def test_the_list_is_beside_the_chat(ask: Asker, server: ModelServer, suffix: str, path: str) -> None:
    await default_model(ask.config(base_url=f"http://127.0.0.1:{server.port}{suffix}"))
    assert server.requests[0].path == path


async def test_the_key_goes_to_its_server_and_the_hub_token_does_not(ask: Asker, server: ModelServer) -> None:
    await models(ask.config(hf_token="hf_x"))
    await models(ask.config(hf_token="hf_x", api_key="mine"))
    assert [request.headers.get("authorization") for request in server.requests] == [None, "Bearer mine"]


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("google/gemma-2-9b-it", "gemma-2-9b-it"),
        ("llama3:8b", "llama3:8b"),
        ("hf.co/someone/gemma:Q4", "gemma:Q4"),
        ("/models/gemma-2.gguf", "gemma-2"),
        (r"C:\models\gemma-2.gguf", "gemma-2"),
        ("guide", "Chatsite guide"),
        ("/", "/"),
    ],
)
def test_a_model_has_a_short_name(model: str, name: str) -> None:
    assert short_name(model) == name


async def test_model_servers_on_this_machine_are_found(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_servers, "PROBE_SECONDS", 2)
    with ModelServer() as nonsense, socket.create_server(("127.0.0.1", 0)) as silent:
        nonsense.models = "<html>"
        probes = (("Ollama", server.port), ("llama.cpp", nonsense.port), ("vLLM", silent.getsockname()[1]))
        found = await asyncio.wait_for(local_servers.found(None, probes), 10)
        assert found == (LocalServer("Ollama", server.base_url, ("test-model", "other-model")),)
        assert await local_servers.found(None, probes) == found
        assert len(server.requests) == 1
        assert await local_servers.found(server.port, probes) == ()
        assert len(server.requests) == 1


async def test_a_failure_to_list_is_remembered_only_briefly(
    ask: Asker, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "FAILURE_SECONDS", 0.0)
    server.models = "<html>"
    with pytest.raises(LLMError):
        await default_model(ask.config())
    server.models = ("back",)
    assert await default_model(ask.config()) == Choice("back")
