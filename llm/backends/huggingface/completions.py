"""Base models behind `/v1/completions`: they are given a dialogue, and their reply is clipped where it ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

import httpx2

from llm import dialogue, errors
from llm.backends.base import Message
from llm.backends.huggingface import failures, transport
from llm.backends.huggingface.call import Call
from llm.chunk import Chunk
from llm.config import Config, Sampling

STOPS = 4
"""Stop strings that servers take."""


async def reply(
    config: Config, messages: Sequence[Message], model: str, sampling: Sampling
) -> AsyncGenerator[Chunk, None]:
    """All the model writes: where its turn of the dialogue ends, `dialogue.limits` knows. Raises `LLMError`."""
    call = Call(config)
    body = _body(config, messages, model, sampling)
    with call.failing():
        async with transport.client(call.exchange, call.timeout) as client:
            response = await _opened(call, client, body)
            try:
                async with aclosing(call.chunks(_said)) as chunks:
                    async for chunk in chunks:
                        yield chunk
            finally:
                await response.aclose()


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


async def _opened(call: Call, client: httpx2.AsyncClient, body: dict[str, Any]) -> httpx2.Response:
    """Asks again without the wish to be told the usage, where that may be what the server does not know."""
    try:
        return await _answered(call, client, body)
    except errors.BadRequest:
        body.pop("stream_options")
        return await _answered(call, client, body)


async def _answered(call: Call, client: httpx2.AsyncClient, body: dict[str, Any]) -> httpx2.Response:
    key = transport.usable(call.config.api_key)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    address = transport.endpoint(call.config.base_url or "", "completions")
    request = client.build_request("POST", address, json=body, headers=headers)
    async with call.opening():
        response = await client.send(request, stream=True)
    if response.status_code >= 400:
        raise failures.of_response(response)
    return response


def _said(choice: dict[str, Any]) -> tuple[str, str]:
    text = choice.get("text")
    return text if isinstance(text, str) else "", ""
