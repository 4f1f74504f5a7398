"""The model servers on this machine, found at their usual ports."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass

from llm.config import Config
from llm.errors import LLMError

PROBE_SECONDS = 0.3

SECONDS = 30.0
"""For which what was found is believed."""

PROBES = (("Ollama", 11434), ("llama.cpp", 8080), ("vLLM", 8000))


@dataclass(frozen=True, slots=True)
class LocalServer:
    name: str
    base_url: str
    models: tuple[str, ...]


_servers: dict[tuple[tuple[str, int], ...], tuple[float, tuple[LocalServer, ...]]] = {}


async def found(exclude_port: int | None = None, probes: Iterable[tuple[str, int]] = PROBES) -> tuple[LocalServer, ...]:
    """Those that listen now, or did when they were last looked for; never raises."""
    asked = tuple((name, port) for name, port in probes if port != exclude_port)
    if asked not in _servers or _servers[asked][0] < time.monotonic():
        answers = await asyncio.gather(*(_probe(name, port) for name, port in asked))
        _servers[asked] = (time.monotonic() + SECONDS, tuple(filter(None, answers)))
    return _servers[asked][1]


def forget() -> None:
    """So that the next question looks for them again."""
    _servers.clear()


async def _probe(name: str, port: int) -> LocalServer | None:
    from llm.backends.huggingface import listing  # noqa: PLC0415  the guide does without the hub's client

    base_url = f"http://127.0.0.1:{port}/v1"
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            models = await listing.models(Config(backend="huggingface", base_url=base_url))
    except (LLMError, TimeoutError):
        return None
    return LocalServer(name, base_url, tuple(one.id for one in models))
