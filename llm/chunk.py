"""What a backend yields while a model talks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """An addition to the answer, to the thinking, or the end: `finish` is set once, on the last chunk."""

    text: str = ""
    reasoning: str = ""
    usage: Usage | None = None
    finish: Literal["stop", "length"] | None = None
