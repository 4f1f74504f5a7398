"""The models a server says it has: the Hugging Face router's list, or that of an OpenAI-compatible server."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2

from llm import errors, storable
from llm.backends.huggingface import failures, transport
from llm.config import Config
from llm.model import Model, Provider

SECONDS = 5.0
CONNECT_SECONDS = 2.0
MOST_TOKENS = 100_000_000

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
            response = await client.get(transport.endpoint(config.base_url or config.router, "models"), headers=headers)
            if response.status_code != 200:
                raise failures.of_response(response)
            return _models(response)
    except Exception as error:
        failure = failures.of(error)
        if failure is None:
            raise
        raise failures.scrubbed(failure, key) from None


def _models(response: httpx2.Response) -> tuple[Model, ...]:
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        raise errors.Upstream("the list of models is no JSON") from None
    listed = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise errors.Upstream("the list of models has no data")
    found: dict[str, Model] = {}
    for entry in listed:
        name = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(name, str) and name and (clean := storable.clean(name)) not in found:
            found[clean] = _model(clean, entry)
    return tuple(found.values())


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
        if not isinstance(name, str) or not name.isascii() or entry.get("status", "live") != "live":
            continue
        price = _dict(entry.get("pricing"))
        found.append(
            Provider(
                name=storable.clean(name),
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
