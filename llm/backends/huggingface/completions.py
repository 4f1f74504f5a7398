"""Base models behind `/v1/completions`: they are given a dialogue, and their reply is clipped where it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, Literal

import httpx2

from llm import dialogue, errors
from llm.backends.base import Message
from llm.backends.huggingface import events, failures, transport
from llm.chunk import Chunk, Usage
from llm.config import Config, Sampling

STOPS = 4
"""Stop strings that servers take."""

USAGE_SECONDS = 2.0


async def reply(
    config: Config, messages: Sequence[Message], model: str, sampling: Sampling
) -> AsyncGenerator[Chunk, None]:
    """All the model writes: where its turn of the dialogue ends, `dialogue.limits` knows. Raises `LLMError`."""
    call = _Call(config)
    body = _body(config, messages, model, sampling)
    try:
        async with aclosing(call.chunks(body)) as chunks:
            async for chunk in chunks:
                yield chunk
    except Exception as error:
        failure = failures.of(error, ended=call.exchange.ended, started=call.started)
        if failure is None:
            raise
        # `from None`: the client's own message may hold the address, the key or what the upstream said.
        raise failures.scrubbed(failure, config.api_key) from None


def _body(config: Config, messages: Sequence[Message], model: str, sampling: Sampling) -> dict[str, Any]:
    stops = [*dialogue.stops(config.speakers), *(sampling.stop or ())]
    chosen = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "frequency_penalty": sampling.frequency_penalty,
        "presence_penalty": sampling.presence_penalty,
        "seed": sampling.seed,
    }
    return {
        "model": model,
        "prompt": dialogue.prompt(messages, preprompt=config.preprompt, speakers=config.speakers),
        "stream": True,
        "stream_options": {"include_usage": True},
        "stop": stops[:STOPS],
        **{name: value for name, value in chosen.items() if value is not None},
    }


class _Call:
    """One request and its clocks."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.exchange = transport.Exchange()
        self.started = False
        self.finish: Literal["stop", "length"] | None = None
        self.usage: Usage | None = None
        self.now = asyncio.get_running_loop().time
        self.by = self.now() + config.first_timeout
        self.last_by = self.now() + config.total_timeout if config.total_timeout else float("inf")

    async def chunks(self, body: dict[str, Any]) -> AsyncGenerator[Chunk, None]:
        timeout = httpx2.Timeout(None, connect=self.config.connect_timeout, pool=5)
        async with transport.client(self.exchange, timeout) as client:
            response = await self._opened(client, body)
            try:
                async with aclosing(events.batches(self.exchange)) as batches:
                    while (batch := await self._next(batches)) is not None:
                        if text := "".join(map(self._said, batch)):
                            yield Chunk(text=text)
                            self.exchange.take_time()
                        if self.finish:
                            self.exchange.hurry()
            finally:
                await response.aclose()
        if self.finish is None and not self.exchange.done:
            raise errors.Interrupted("the stream ended without saying so")
        yield Chunk(usage=self.usage, finish=self.finish or "stop")

    async def _opened(self, client: httpx2.AsyncClient, body: dict[str, Any]) -> httpx2.Response:
        """Asks again without the wish to be told the usage, where that may be what the server does not know."""
        try:
            return await self._answered(client, body)
        except errors.BadRequest:
            body.pop("stream_options")
            return await self._answered(client, body)

    async def _answered(self, client: httpx2.AsyncClient, body: dict[str, Any]) -> httpx2.Response:
        key = transport.usable(self.config.api_key)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        address = transport.endpoint(self.config.base_url or "", "completions")
        request = client.build_request("POST", address, json=body, headers=headers)
        async with asyncio.timeout_at(min(self.by, self.last_by)):
            response = await client.send(request, stream=True)
        if response.status_code >= 400:
            raise failures.of_response(response)
        return response

    async def _next(self, batches: AsyncGenerator[list[events.Event], None]) -> list[events.Event] | None:
        """The next events; None at the end, which a finished reply does not wait for."""
        try:
            async with asyncio.timeout_at(min(self.by, self.last_by)):
                return await anext(batches, None)
        except (TimeoutError, httpx2.TransportError):
            if self.finish:
                return None
            raise

    def _said(self, event: events.Event) -> str:
        self.usage = Usage.read(event.get("usage")) or self.usage
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else {}
        text = choice.get("text")
        if text:
            self.started = True
            self.by = self.now() + self.config.idle_timeout
        if choice.get("finish_reason"):
            self.finish = "length" if choice["finish_reason"] in ("length", "max_tokens") else "stop"
            self.by = self.now() + USAGE_SECONDS
        return text if isinstance(text, str) else ""
