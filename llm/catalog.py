"""Which models there are, and which one answers when none was chosen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass

from llm import errors
from llm.config import Config
from llm.errors import LLMError

ROUTER_MODEL = "google/gemma-2-9b-it"
GUIDE = "guide"
GUIDE_NAME = "Chatsite guide"
ANY = "*"

LIST_SECONDS = 60.0
FAILURE_SECONDS = 10.0
PROBE_SECONDS = 0.3
SERVERS_SECONDS = 30.0
PROBES = (("Ollama", 11434), ("llama.cpp", 8080), ("vLLM", 8000))


@dataclass(frozen=True, slots=True)
class Model:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    model: str
    instead_of: str | None = None
    """The configured model, where the server does not list it."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    name: str
    base_url: str
    models: tuple[str, ...]


async def default_model(config: Config) -> Choice:
    """Raises `LLMError` only where the server's list is all there is to choose from."""
    if config.backend == "guide":
        return Choice(GUIDE)
    configured = _configured(config)
    first = next((name for name in configured if name != ANY), None)
    if config.backend != "huggingface" or not config.base_url:
        return Choice(first or ROUTER_MODEL)
    try:
        listed = await _listed(config)
    except LLMError:
        if first is None:
            raise
        return Choice(first)
    if first is None:
        if not listed:
            raise errors.NotFound("the server lists no model")
        return Choice(listed[0])
    if not listed or _is_listed(first, listed):
        return Choice(first)
    return Choice(next((name for name in configured if _is_listed(name, listed)), listed[0]), instead_of=first)


async def models(config: Config) -> tuple[Model, ...]:
    """What a user may choose from, the default first. Raises `LLMError` as `default_model` does."""
    configured = _configured(config)
    ids = [name for name in configured if name != ANY]
    if config.backend == "guide":
        ids = [GUIDE]
    elif config.backend != "huggingface" or not config.base_url:
        ids = ids or [ROUTER_MODEL]
    else:
        choice = await default_model(config)
        try:
            listed = await _listed(config)
        except LLMError:
            listed = ()
        if listed:
            ids = [name for name in ids if _is_listed(name, listed)]
        ids = [choice.model, *ids, *(listed if ANY in configured else ())]
    return tuple(Model(name, short_name(name)) for name in dict.fromkeys(ids))


def short_name(model: str, guide: str = GUIDE_NAME) -> str:
    """`google/gemma-2-9b-it` is shown as gemma-2-9b-it."""
    if model == GUIDE:
        return guide
    path = model.replace("\\", "/").rstrip("/")
    return path.rpartition("/")[2].removesuffix(".gguf") or model


async def local_servers(
    exclude_port: int | None = None, probes: Iterable[tuple[str, int]] = PROBES
) -> tuple[LocalServer, ...]:
    """The model servers that listen on this machine at their usual ports; never raises."""
    asked = tuple((name, port) for name, port in probes if port != exclude_port)
    if asked not in _servers or _servers[asked][0] < time.monotonic():
        found = await asyncio.gather(*(_probe(name, port) for name, port in asked))
        _servers[asked] = (time.monotonic() + SERVERS_SECONDS, tuple(filter(None, found)))
    return _servers[asked][1]


_lists: dict[tuple[str, str | None], tuple[float, tuple[str, ...] | LLMError]] = {}
_servers: dict[tuple[tuple[str, int], ...], tuple[float, tuple[LocalServer, ...]]] = {}


def forget() -> None:
    """Drops what servers have said, so that the next question asks them again."""
    _lists.clear()
    _servers.clear()


def _configured(config: Config) -> tuple[str, ...]:
    return config.models or ((ANY,) if config.base_url else (ROUTER_MODEL,))


def _is_listed(model: str, listed: tuple[str, ...]) -> bool:
    return model in listed or f"{model}:latest" in listed


async def _listed(config: Config) -> tuple[str, ...]:
    key = (config.base_url or "", config.api_key)
    until, known = _lists.get(key, (0.0, ()))
    if until < time.monotonic():
        try:
            known = await _asked(config)
            until = time.monotonic() + LIST_SECONDS
        except LLMError as error:
            known = error
            until = time.monotonic() + FAILURE_SECONDS
        _lists[key] = (until, known)
    if isinstance(known, LLMError):
        raise type(known)(known.detail, retry_after=known.retry_after)
    return known


async def _asked(config: Config) -> tuple[str, ...]:
    from llm.backends.huggingface import listing  # noqa: PLC0415  the guide does without the hub's client

    return await listing.model_ids(config)


async def _probe(name: str, port: int) -> LocalServer | None:
    base_url = f"http://127.0.0.1:{port}/v1"
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            ids = await _asked(Config(backend="huggingface", base_url=base_url))
    except (LLMError, TimeoutError):
        return None
    return LocalServer(name, base_url, ids)
