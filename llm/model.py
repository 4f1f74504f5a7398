"""A model somebody may choose, and what is known of it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_MUTE = re.compile(r"embed|minilm|rerank|whisper|moderation|dall-e|(?<![a-z])(bge|tts)(?![a-z])", re.IGNORECASE)
"""In the names of models that measure, read aloud or draw: servers list them among those that talk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One of those who serve a model on the router. Prices are US dollars for a million tokens."""

    name: str
    context_length: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    tools: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """`id` names it on this site, the server included where there are several. None: the server does not say."""

    id: str
    name: str
    server: str = ""
    """Who serves it, as people call them."""
    context_length: int | None = None
    """Tokens of the question and the answer together."""
    providers: tuple[Provider, ...] = ()
    modalities: tuple[str, ...] = ()
    """What it takes in: `text`, `image`, …"""


def first_that_talks(names: Collection[str]) -> str:
    """Ollama lists first what was fetched last. Where none seems to talk, it is the first; there has to be one."""
    return next((name for name in names if not _MUTE.search(name)), next(iter(names)))
