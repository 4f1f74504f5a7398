"""One request to a model server: its clocks, what comes of it, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any, Literal

import httpx2

from llm import errors
from llm.backends.huggingface import events, failures, transport
from llm.chunk import Chunk, Usage
from llm.config import Config

USAGE_SECONDS = 2.0
"""How long the usage is waited for after the model has said that it is finished."""

Said = Callable[[dict[str, Any]], tuple[str, str]]
"""An addition to the answer, and one to the thinking, of the first choice of an event."""


class Call:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.exchange = transport.Exchange()
        self.ignored: tuple[str, ...] = ()
        self._started = False
        self._finish: Literal["stop", "length"] | None = None
        self._usage: Usage | None = None
        self._now = asyncio.get_running_loop().time
        self._first_by = self._now() + config.first_timeout
        self._last_by = float("inf") if config.total_timeout is None else self._now() + config.total_timeout

    @property
    def timeout(self) -> httpx2.Timeout:
        """Of the connection; how long an answer is waited for, the clocks here tell."""
        return httpx2.Timeout(None, connect=self.config.connect_timeout, pool=5)

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Whatever goes wrong with the server is an `LLMError`, without a key in it."""
        try:
            yield
        except Exception as error:
            failure = failures.of(error, ended=self.exchange.ended, started=self._started)
            if failure is None:
                raise
            # `from None`: the client's own message may hold the address, the key or what the upstream said.
            raise failures.scrubbed(failure, self.config.hf_token, self.config.api_key) from None

    def opening(self) -> asyncio.Timeout:
        return asyncio.timeout_at(min(self._first_by, self._last_by))

    async def chunks(self, said: Said) -> AsyncGenerator[Chunk, None]:
        async with aclosing(events.batches(self.exchange)) as batches:
            while (batch := await self._next(batches)) is not None:
                text, reasoning, reason = self._told(batch, said)
                # It would stay until the next comes: with a thousand streams, megabytes.
                batch.clear()
                if text or reasoning:
                    self._started = True
                    yield Chunk(text=text, reasoning=reasoning)
                    self.exchange.take_time()
                if reason:
                    self.exchange.hurry()
                    self._finish = _finish(reason)
        if self._finish is None and not self.exchange.done:
            raise errors.Interrupted("the stream ended without saying so")
        yield Chunk(usage=self._usage, finish=self._finish or "stop", ignored=self.ignored)

    async def _next(self, batches: AsyncGenerator[list[events.Event], None]) -> list[events.Event] | None:
        """The next events; None at the end, which a finished reply does not wait for."""
        by = self._now() + self.config.idle_timeout if self._started else self._first_by
        if self._finish:
            by = min(by, self._now() + USAGE_SECONDS)
        try:
            async with asyncio.timeout_at(min(by, self._last_by)):
                return await anext(batches, None)
        except (TimeoutError, httpx2.TransportError):
            if self._finish:
                return None
            raise

    def _told(self, batch: list[events.Event], said: Said) -> tuple[str, str, object]:
        """What has been said and thought, and why it ended, if it did."""
        text, reasoning, reason = "", "", None
        for event in batch:
            self._usage = Usage.read(event.get("usage")) or self._usage
            choices = event.get("choices")
            if isinstance(choices, list) and choices:
                choice = choices[0]
                more, thought = said(choice)
                text += more
                reasoning += thought
                reason = choice.get("finish_reason") or reason
        return text, reasoning, reason


def _finish(reason: object) -> Literal["stop", "length"]:
    if reason == "error":
        raise errors.Upstream("the reply finished with an error")
    return "length" if reason in ("length", "max_tokens") else "stop"
