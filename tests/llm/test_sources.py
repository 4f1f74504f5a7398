"""Several servers at once: whose models are offered, under which names, and with whose key."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from llm import Config, Sampling, Server, catalog, errors, get_reply
from llm.catalog import Choice, choose, default_model, models
from tests.model_answers import Answer
from tests.model_server import ModelServer

ROUTER = json.dumps(
    {
        "data": [
            {
                "id": "google/gemma-2-9b-it",
                "architecture": {"input_modalities": ["text"]},
                "providers": [
                    {"provider": "nebius", "status": "live", "context_length": 8192,
                     "pricing": {"input": 0.03, "output": 0.09}, "supports_tools": False},
                    {"provider": "groq", "status": "live", "context_length": 4096},
                    {"provider": "gone", "status": "error", "context_length": 1},
                ],
            },
            {"id": "Qwen/Qwen3-32B", "providers": [{"provider": "groq", "context_length": 131072}, 5, {"x": 1}]},
        ]
    }
)  # fmt: skip


@pytest.fixture
def three() -> Iterator[tuple[ModelServer, ModelServer, ModelServer]]:
    """The router, and two servers."""
    with ExitStack() as stack:
        router, one, two = (stack.enter_context(ModelServer()) for _ in range(3))
        router.models, one.models, two.models = ROUTER, ("llama3:latest",), ("org/mistral", "test-model")
        yield router, one, two


def config_of(three: tuple[ModelServer, ...], **more: Any) -> Config:
    router, one, two = three
    servers = (
        Server(name="ollama", base_url=one.base_url),
        Server(name="vllm", base_url=two.base_url, api_key="for-vllm"),
    )
    return Config(
        **{"backend": "huggingface", "hf_token": "hf_x", "router": router.base_url, "servers": servers} | more
    )


async def ids(config: Config) -> list[str]:
    return [model.id for model in await models(config)]


async def test_all_servers_are_in_one_list(three: tuple[ModelServer, ...]) -> None:
    config = config_of(three, models=("google/gemma-2-9b-it", "*"))
    assert await ids(config) == [
        "google/gemma-2-9b-it",
        "Qwen/Qwen3-32B",
        "ollama/llama3:latest",
        "vllm/org/mistral",
        "vllm/test-model",
        "guide",
    ]
    assert [model.server for model in await models(config)][:4] == ["Hugging Face", "Hugging Face", "ollama", "vllm"]


async def test_the_list_is_chosen_and_ordered_by_the_operator(three: tuple[ModelServer, ...]) -> None:
    assert await ids(config_of(three, models=("vllm/test-model", "ollama/*"))) == [
        "vllm/test-model",
        "ollama/llama3:latest",
    ]
    assert await default_model(config_of(three, models=("vllm/*",))) == Choice("vllm/org/mistral")


async def test_beside_another_first_server_the_router_has_a_name_too(three: tuple[ModelServer, ...]) -> None:
    config = config_of(three, base_url=three[2].base_url, api_key="key", models=("*",))
    offered = await ids(config)
    assert offered[:2] == ["org/mistral", "test-model"]
    assert "huggingface/google/gemma-2-9b-it" in offered


@pytest.mark.parametrize(
    ("model", "place", "name", "key"),
    [
        ("google/gemma-2-9b-it", 0, "google/gemma-2-9b-it", "Bearer hf_x"),
        ("ollama/llama3:latest", 1, "llama3:latest", None),
        ("vllm/org/mistral", 2, "org/mistral", "Bearer for-vllm"),
    ],
)
async def test_each_key_goes_to_its_own_server_only(
    three: tuple[ModelServer, ...], model: str, place: int, name: str, key: str | None
) -> None:
    async for _ in get_reply([{"role": "user", "content": "Hello"}], model=model, config=config_of(three)):
        pass
    (chat,) = three[place].chats
    assert (chat.body["model"], chat.headers.get("authorization")) == (name, key)
    assert not [chat for server in three for chat in server.chats if server is not three[place]]


async def test_a_dead_server_hides_its_own_models_only(three: tuple[ModelServer, ...]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = Server(name="dead", base_url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        config = config_of(three, hf_token=None, servers=(dead, *config_of(three).servers), models=("*",))
        assert await ids(config) == ["ollama/llama3:latest", "vllm/org/mistral", "vllm/test-model", "guide"]
        # What was chosen there stays chosen: it may be back in a minute.
        assert await choose(config, "dead/model") == Choice("dead/model")


async def test_a_page_does_not_wait_for_a_server_that_hangs(three: tuple[ModelServer, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = Server(name="silent", base_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        config = config_of(three, servers=(hanging, *config_of(three).servers), models=("*",))
        async with asyncio.timeout(30):
            assert "ollama/llama3:latest" in await ids_within(config, 3)


async def ids_within(config: Config, seconds: float) -> list[str]:
    return [model.id for model in await models(config, seconds=seconds)]


async def test_an_old_list_is_shown_while_a_new_one_is_fetched(
    three: tuple[ModelServer, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "LIST_SECONDS", 0.0)
    config = config_of(three, hf_token=None, models=("ollama/*",))
    assert await ids(config) == ["ollama/llama3:latest"]
    three[1].models = ("new",)
    assert await ids(config) == ["ollama/llama3:latest"]
    while await ids(config) != ["ollama/new"]:  # noqa: ASYNC110  what is waited for has no event
        await asyncio.sleep(0.01)


async def test_a_model_no_longer_served_gives_way(three: tuple[ModelServer, ...]) -> None:
    config = config_of(three, models=("ollama/*",))
    assert await choose(config, "ollama/gone") == Choice("ollama/llama3:latest", instead_of="ollama/gone")
    assert await choose(config, "ollama/llama3") == Choice("ollama/llama3")


async def test_a_model_that_is_not_offered_gives_way_too(three: tuple[ModelServer, ...]) -> None:
    config = config_of(three, models=("ollama/*",))
    assert await choose(config, "vllm/org/mistral") == Choice("ollama/llama3:latest", instead_of="vllm/org/mistral")
    assert (await choose(config, "http://127.0.0.1/x")).model == "ollama/llama3:latest"


async def test_the_router_tells_providers_prices_and_windows(three: tuple[ModelServer, ...]) -> None:
    config = config_of(three, models=("*",))
    await models(config)
    gemma = await catalog.model(config, "google/gemma-2-9b-it")
    assert (gemma.context_length, gemma.modalities) == (4096, ("text",))
    assert [(one.name, one.input_price, one.output_price) for one in gemma.providers] == [
        ("nebius", 0.03, 0.09),
        ("groq", None, None),
    ]
    assert (await catalog.model(config, "google/gemma-2-9b-it:nebius")).context_length == 8192


@pytest.mark.parametrize("policy", ["fastest", "cheapest", "groq"])
async def test_the_policies_of_the_router_are_offered_with_the_model(
    three: tuple[ModelServer, ...], policy: str
) -> None:
    config = config_of(three, models=("google/gemma-2-9b-it",))
    await models(config)
    wanted = f"google/gemma-2-9b-it:{policy}"
    assert await choose(config, wanted) == Choice(wanted)


async def test_a_provider_that_does_not_serve_it_gives_way(three: tuple[ModelServer, ...]) -> None:
    config = config_of(three, models=("*",))
    await models(config)
    assert (await choose(config, "google/gemma-2-9b-it:nobody")).instead_of == "google/gemma-2-9b-it:nobody"


async def test_who_has_another_token_has_another_list(three: tuple[ModelServer, ...]) -> None:
    router = three[0]
    mine = config_of(three, servers=(), models=("*",))
    assert "Qwen/Qwen3-32B" in await ids(mine)
    router.models = json.dumps({"data": [{"id": "secret/model"}]})
    theirs = config_of(three, servers=(), models=("*",), hf_token="hf_other")
    assert await ids(theirs) == ["secret/model", "guide"]
    assert "secret/model" not in await ids(mine)
    assert [request.headers["authorization"] for request in router.requests] == ["Bearer hf_x", "Bearer hf_other"]


async def test_without_a_token_the_router_is_not_asked(three: tuple[ModelServer, ...]) -> None:
    config = config_of(three, hf_token=None, models=("*",))
    assert await default_model(config) == Choice("ollama/llama3:latest")
    with pytest.raises(errors.Auth):
        async for _ in get_reply([{"role": "user", "content": "Hello"}], model="huggingface/a/b", config=config):
            pass
    assert three[0].requests == []


@pytest.mark.parametrize(
    ("entry", "window"),
    [
        ({"max_model_len": 32768}, 32768),
        ({"context_window": 131072}, 131072),
        ({"meta": {"n_ctx_train": 2048}}, 2048),
        ({"context_length": "long"}, None),
        ({"context_length": True}, None),
        ({"context_length": -5}, None),
    ],
)
async def test_servers_tell_the_window_in_their_own_words(
    three: tuple[ModelServer, ...], entry: dict[str, object], window: int | None
) -> None:
    three[1].models = json.dumps({"data": [{"id": "x"} | entry]})
    config = config_of(three, models=("ollama/*",))
    assert (await models(config))[0].context_length == window


async def test_a_sampling_goes_to_the_chosen_server(three: tuple[ModelServer, ...]) -> None:
    three[1].answer = Answer()
    sampling = Sampling(temperature=0.5, seed=7)
    messages = [{"role": "user", "content": "Hello"}]
    async for _ in get_reply(messages, model="ollama/llama3", config=config_of(three), sampling=sampling):
        pass
    assert three[1].chats[0].body | {"temperature": 0.5, "seed": 7} == three[1].chats[0].body
