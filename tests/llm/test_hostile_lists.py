"""Lists of models that are too long, too slow or full of nonsense, and pages that wait for none of them."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress

import pytest

from llm import Config, Server, catalog, errors
from llm.backends.huggingface import transport
from llm.catalog import Choice, choose, models
from tests.model_server import ModelServer

Write = Callable[[bytes], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: "


@asynccontextmanager
async def answering(answer: Callable[[Write], Awaitable[None]]) -> AsyncIterator[Config]:
    """A server that sends what `answer` writes, whatever it is asked."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def write(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await answer(write)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Config(backend="huggingface", base_url=f"http://127.0.0.1:{port}/v1")


@pytest.mark.parametrize("kind", [b"application/json", b"text/plain", b"text/event-stream"])
async def test_a_list_without_end_is_not_read_to_the_end(kind: bytes) -> None:
    sent = 0

    async def endless(write: Write) -> None:
        nonlocal sent
        await write(HEAD + kind + b"\r\n\r\n")
        while True:
            await write(b'{"data": [\n' * 10_000)
            sent += 110_000

    async with answering(endless) as config:
        with pytest.raises(errors.Upstream):
            await models(config)
    assert sent < 4 * transport.JSON_LIMIT


@pytest.mark.parametrize(("status", "failure"), [(b"200", errors.Upstream), (b"401", errors.Auth)])
async def test_what_would_unfold_into_gigabytes_is_not_unfolded(status: bytes, failure: type[Exception]) -> None:
    body = gzip.compress(b" " * 1_000_000 + b'{"data": [{"id": "x"}]}')

    async def packed(write: Write) -> None:
        head = HEAD.replace(b"200", status)
        await write(head + b"application/json\r\nContent-Encoding: gzip\r\n\r\n" + body)

    async with answering(packed) as config:
        with pytest.raises(failure):
            await models(config)


async def test_names_that_cannot_be_shown_kept_or_chosen_are_left_out() -> None:
    wrong = ["x" * 161, "a\nb", "a\rb", "a\0b", "a\u202eb", "\x1b[31m", " a ", "", "http://127.0.0.1/x", "\ud800"]
    good = ["org/model", "<b>", "../x", "naïve-7b", "C:\\models\\x.gguf"]
    with ModelServer() as server:
        server.models = json.dumps({"data": [{"id": name} for name in (*wrong, *good)]})
        assert [one.id for one in await models(Config(backend="huggingface", base_url=server.base_url))][:-1] == good


async def test_nonsense_about_providers_is_left_out() -> None:
    names = ["good", "a\nb", "a:b", "p" * 61, "ü", "<i>", "\u202e"]
    listed = json.dumps({"data": [{"id": "m", "providers": [{"provider": name} for name in names]}]})
    numbers = '{"provider": "n", "context_length": 1e400, "pricing": {"input": 1e400, "output": NaN}}]'
    with ModelServer() as server:
        server.models = listed.replace("]", f", {numbers}", 1)
        config = Config(backend="huggingface", hf_token="hf_x", router=server.base_url, models=("*",))
        (one, _guide) = await models(config)
    assert [provider.name for provider in one.providers] == ["good", "n"]
    last = one.providers[-1]
    assert (last.context_length, last.input_price, last.output_price) == (None, None, None)


async def test_a_page_waits_once_for_all_servers_that_hang_and_never_again() -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(8)]
        servers = tuple(Server(name=f"s{end.fileno()}", base_url=f"http://{_address(end)}") for end in silent)
        alive = stack.enter_context(ModelServer())
        servers += (Server(name="alive", base_url=alive.base_url),)
        config = Config(backend="huggingface", servers=servers, models=("*",))
        began = time.monotonic()
        offered = await models(config, seconds=2)
        assert time.monotonic() - began < 8 * 2
        assert [one.id for one in offered] == ["alive/test-model", "alive/other-model", "guide"]
        for known in catalog._lists.values():
            assert known.asking is None or await asyncio.wait([known.asking])
            # As after a while: what it said last is too old.
            known.until = 0.1
        began = time.monotonic()
        assert (await choose(config, None, seconds=20)) == Choice("alive/test-model")
        assert time.monotonic() - began < 20


def _address(end: socket.socket) -> str:
    return f"127.0.0.1:{end.getsockname()[1]}"


async def test_thousands_of_models_cost_a_page_next_to_nothing() -> None:
    listed = [{"id": f"org/m{n}", "providers": [{"provider": f"p{m}"} for m in range(8)]} for n in range(5000)]
    with ModelServer() as server:
        server.models = json.dumps({"data": listed})
        named = tuple(f"org/m{n}" for n in range(0, 5000, 50))
        config = Config(backend="huggingface", hf_token="hf_x", router=server.base_url, models=(*named, "*"))
        await models(config)
        began = time.process_time()
        offered = await models(config, seconds=0.1)
        choice = await choose(config, "org/m4999:p7", seconds=0.1)
        assert time.process_time() - began < 1
    assert (len(offered), offered[1].id, choice) == (5001, "org/m50", Choice("org/m4999:p7"))
