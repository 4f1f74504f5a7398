from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import pytest

from llm import Chunk, Config, Context, Sampling, Waiting, catalog, fitting, get_reply, local_servers, retrying
from tests.model_server import ModelServer


@dataclass
class Heard:
    """Of a reply: its pieces and its end in `chunks`, the rest by kind."""

    chunks: list[Chunk] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    waitings: list[Waiting] = field(default_factory=list)

    def add(self, chunk: Chunk) -> None:
        if chunk.context:
            self.contexts.append(chunk.context)
        elif chunk.waiting:
            self.waitings.append(chunk.waiting)
        else:
            self.chunks.append(chunk)

    @property
    def text(self) -> str:
        return "".join(chunk.text for chunk in self.chunks)

    @property
    def reasoning(self) -> str:
        return "".join(chunk.reasoning for chunk in self.chunks)

    @property
    def last(self) -> Chunk:
        return self.chunks[-1]


class Asker:
    """Asks the model server of a test; what was heard before a failure stays in `heard`."""

    def __init__(self, server: ModelServer) -> None:
        self.server = server
        self.heard = Heard()

    def config(self, **more: Any) -> Config:
        return Config(**{"backend": "huggingface", "base_url": self.server.base_url, **more})

    async def __call__(
        self, question: str = "Hello", *, sampling: Sampling | None = None, model: str | None = None, **more: Any
    ) -> Heard:
        self.heard = Heard()
        async for chunk in self.stream(question, sampling=sampling, model=model, **more):
            self.heard.add(chunk)
        return self.heard

    async def stream(
        self, question: str, *, sampling: Sampling | None = None, model: str | None = None, **more: Any
    ) -> AsyncIterator[Chunk]:
        messages = [{"role": "user", "content": question}]
        config = self.config(**more)
        reply = get_reply(messages, model=model or "test-model", sampling=sampling, config=config)
        async with aclosing(reply):
            async for chunk in reply:
                yield chunk


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def ask(server: ModelServer) -> Asker:
    return Asker(server)


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog.forget()
    local_servers.forget()
    fitting.forget()
    monkeypatch.setattr(retrying, "DELAYS", (0.01, 0.02))
