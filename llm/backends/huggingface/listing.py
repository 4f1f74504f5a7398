"""The models a server says it has: the Hugging Face router's list, or that of an OpenAI-compatible server."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import httpx2

from llm import errors
from llm.backends.huggingface import failures, transport
from llm.config import Config
from llm.model import Model, Provider

SECONDS = 5.0
CONNECT_SECONDS = 2.0
MOST_TOKENS = 100_000_000
MOST_MODELS = 10_000
LONGEST_NAME = 160
"""With a server's name before it, it is to fit where models are kept."""

_PROVIDER = re.compile(r"[\w.-]{1,60}", re.ASCII)

_CONTEXT = ("context_length", "max_model_len", "context_window", "max_context_length", "n_ctx")
"""What the router and OpenRouter, vLLM, Groq, Mistral, and llama.cpp call the window."""


async def models(config: Config) -> tuple[Model, ...]:
    """`GET {base_url}/models`, in the server's order. Raises `LLMError`."""
    connect = min(config.connect_timeout, CONNECT_SECONDS)
    key = transport.usable(config.api_key) if config.base_url else transport.hub_token(config.hf_token)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    try:
        async with (
            asyncio.timeout(SECONDS),
            transport.client(timeout=httpx2.Timeout(SECONDS, connect=connect)) as client,
        ):
            address = transport.endpoint(config.base_url or config.router, "models")
            async with client.stream("GET", address, headers=headers) as response:
                return await asyncio.to_thread(_models, await _body(response))
    except Exception as error:
        failure = failures.of(error)
        if failure is None:
            raise
        raise failures.scrubbed(failure, key) from None


async def _body(response: httpx2.Response) -> bytes:
    if response.status_code != 200:
        await response.aread()
        raise failures.of_response(response)
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > transport.JSON_LIMIT:
            raise errors.Upstream("the list of models is too long")
    return bytes(body)


def _models(body: bytes) -> tuple[Model, ...]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise errors.Upstream("the list of models is no JSON") from None
    listed = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise errors.Upstream("the list of models has no data")
    found: dict[str, Model] = {}
    for entry in listed:
        name = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(name, str) and _is_name(name) and name not in found:
            found[name] = _model(name, entry)
        if len(found) == MOST_MODELS:
            break
    return tuple(found.values())


def _is_name(name: str) -> bool:
    """One that can be shown, kept and chosen: with nothing invisible in it, and no address."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip() and "://" not in name


def _model(name: str, entry: dict[str, Any]) -> Model:
    providers = tuple(_providers(entry.get("providers")))
    windows = [provider.context_length for provider in providers if provider.context_length]
    modalities = _dict(entry.get("architecture")).get("input_modalities")
    return Model(
        name,
        name,
        # Any of them may be the one that answers.
        context_length=min(windows) if windows else _context(entry) or _context(_dict(entry.get("meta"))),
        providers=providers,
        modalities=tuple(one for one in modalities if isinstance(one, str)) if isinstance(modalities, list) else (),
    )


def _providers(entries: Any) -> list[Provider]:
    found = []
    for entry in entries if isinstance(entries, list) else ():
        name = _dict(entry).get("provider")
        if not isinstance(name, str) or not _PROVIDER.fullmatch(name) or entry.get("status", "live") != "live":
            continue
        price = _dict(entry.get("pricing"))
        found.append(
            Provider(
                name=name,
                context_length=_context(entry),
                input_price=_price(price.get("input")),
                output_price=_price(price.get("output")),
                tools=entry.get("supports_tools") is True,
            )
        )
    return found


def _context(entry: dict[str, Any]) -> int | None:
    sizes = (entry.get(name) for name in (*_CONTEXT, "n_ctx_train"))
    return next((size for size in sizes if _is_number(size) and isinstance(size, int) and 0 < size < MOST_TOKENS), None)


def _price(value: Any) -> float | None:
    return float(value) if _is_number(value) and 0 <= value < 1e6 else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
