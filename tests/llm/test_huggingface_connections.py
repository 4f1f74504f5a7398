from __future__ import annotations

import asyncio
import gc
import re
from contextlib import aclosing
from threading import Event
from typing import Any

import httpx2
import pytest
from huggingface_hub import AsyncInferenceClient

from llm import Config, errors, get_reply
from llm.backends.huggingface import transport
from tests import outgoing
from tests.llm.conftest import Asker
from tests.model_answers import Answer, Ending
from tests.model_server import ModelServer


async def test_the_hub_token_never_goes_to_a_server_of_ones_own(
    ask: Asker, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_from_the_environment")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_IMPLICIT_TOKEN", False)
    await ask(hf_token="hf_configured")
    await ask(hf_token="hf_configured", api_key="")
    await ask(hf_token="hf_configured", api_key="my-key")
    assert [request.headers.get("authorization") for request in server.chats] == [None, None, "Bearer my-key"]
    assert "hf_" not in str([request.headers | {"user-agent": ""} for request in server.requests])


@pytest.mark.parametrize("token", [None, "", "no-hub-token", "hf_ü"])
async def test_the_router_is_not_asked_without_a_token_of_the_hub(
    monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_from_the_environment")
    with pytest.raises(errors.Auth):
        await anext(
            get_reply([{"role": "user", "content": "Hi"}], config=Config(backend="huggingface", hf_token=token))
        )


async def test_the_router_gets_the_token_and_the_model(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    class Redirected(httpx2.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            addresses.append(str(request.url))
            request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=server.port)
            return await super().handle_async_request(request)

    outgoing.takes_tokens(server.base_url)
    addresses: list[str] = []
    monkeypatch.setitem(transport._pools, asyncio.get_running_loop(), Redirected())
    config = Config(backend="huggingface", hf_token="hf_token", api_key="not-for-the-router")
    text = [chunk.text async for chunk in get_reply([{"role": "user", "content": "[[say: Hi]]"}], config=config)]
    assert "".join(text) == "Hi"
    assert set(addresses) == {f"https://router.huggingface.co/v1/{end}" for end in ("models", "chat/completions")}
    assert server.chats[0].headers["authorization"] == "Bearer hf_token"
    assert server.chats[0].body["model"] == "google/gemma-2-9b-it"


async def test_a_model_that_is_an_address_does_not_get_the_token(server: ModelServer) -> None:
    config = Config(backend="huggingface", hf_token="hf_token")
    with pytest.raises(errors.NotFound):
        await anext(get_reply([{"role": "user", "content": "Hi"}], model=f"{server.base_url}", config=config))
    assert not server.requests


async def test_proxies_of_the_environment_and_offline_mode_stop_nobody(
    ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert (await ask("[[say: Hi]]")).text == "Hi"


@pytest.mark.parametrize("ending", ["done", "done without space", "finish"])
async def test_connections_are_used_again(ask: Asker, server: ModelServer, ending: Ending) -> None:
    server.answer = Answer(text="Hi", ending=ending)
    for _ in range(20):
        await ask()
    # One more may have asked for the list of models meanwhile.
    assert (len(server.chats), server.connections) in {(20, 1), (20, 2)}


async def test_a_reply_leaves_nothing_behind(ask: Asker) -> None:
    for _ in range(10):
        await ask()
    kinds = (AsyncInferenceClient, httpx2.AsyncClient)

    def clients() -> list[object]:
        gc.collect()
        # What other libraries keep may say anything about its class when it is asked.
        return [thing for thing in gc.get_objects() if issubclass(type(thing), kinds)]

    async with asyncio.timeout(30):
        # The loop closes dropped generators in its next rounds.
        while clients():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.05)


async def test_120_replies_stream_at_once(ask: Asker, server: ModelServer) -> None:
    all_there = Event()
    server.answer = Answer(text="One two three", after=all_there)
    replies = [asyncio.create_task(Asker(server)()) for _ in range(120)]
    async with asyncio.timeout(60):
        while server.running < 120:  # noqa: ASYNC110 - it lives in a thread
            await asyncio.sleep(0.01)
    all_there.set()
    assert [heard.text for heard in await asyncio.gather(*replies)] == ["One two three"] * 120


async def test_closing_a_reply_stops_the_server(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text="word " * 1000, delay=0.02)
    async with aclosing(_reply(ask)) as reply:
        async for _ in reply:
            break
    await _assert_gone(server)


@pytest.mark.parametrize(
    "answer", [Answer(text="word " * 1000, delay=0.02), Answer(before_headers=60), Answer(text="a b", ending="stall")]
)
async def test_cancelling_the_task_stops_the_server(ask: Asker, server: ModelServer, answer: Answer) -> None:
    server.answer = answer
    task = asyncio.create_task(ask())
    async with asyncio.timeout(10):
        while not server.chats:  # noqa: ASYNC110 - it lives in a thread
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _assert_gone(server)


async def test_a_time_out_stops_the_server(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text="a b", ending="stall", break_after=1)
    with pytest.raises(errors.Timeout):
        await ask(idle_timeout=0.2)
    await _assert_gone(server)


def _reply(ask: Asker) -> Any:
    return get_reply([{"role": "user", "content": "Hi"}], model="test-model", config=ask.config())


async def _assert_gone(server: ModelServer) -> None:
    assert await asyncio.to_thread(server.chats[-1].gone.wait, 10)
    assert server.chats[-1].sent < 900


async def test_a_connection_the_server_has_just_closed_costs_no_reply() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await answer(reader, writer)
        # The next request on it finds nobody.
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)
        body = b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
        kind = b"text/event-stream" if b"/chat/" in head else b"text/plain"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(body), body))
        await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        config = Config(backend="huggingface", base_url=url)
        for _ in range(3):
            assert await _answer(config) == "Hi"
    assert connections > 1


@pytest.mark.parametrize("body", [b"", b"HTTP/1.1 200 O"], ids=["nothing", "half a line"])
async def test_a_server_that_dies_of_a_prompt_gets_it_once(body: bytes) -> None:
    prompts = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal prompts
        prompts += b"/chat/" in await reader.readuntil(b"\r\n\r\n")
        writer.write(body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        config = Config(backend="huggingface", base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        with pytest.raises(errors.LLMError):
            await _answer(config)
    assert prompts == 1


async def _answer(config: Config) -> str:
    reply = get_reply([{"role": "user", "content": "Hello"}], model="m", config=config)
    return "".join([chunk.text async for chunk in reply])
