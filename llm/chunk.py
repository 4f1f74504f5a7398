"""What a backend yields while a model talks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self

MOST_TOKENS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int
    completion_tokens: int

    @classmethod
    def read(cls, raw: Any) -> Self | None:
        """As a server tells it; None for what cannot be counted, such as the -1 of one that does not know."""
        told = [raw.get(name) for name in ("prompt_tokens", "completion_tokens")] if isinstance(raw, dict) else []
        numbers = [number for number in told if type(number) is int and 0 <= number <= MOST_TOKENS]
        return cls(*numbers) if len(numbers) == 2 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Why nothing has come yet. `place`: how many are served before; `done` of `total`: bytes of the download;
    `seconds`: until the server is asked again."""

    what: Literal["queued", "downloading", "loading", "retrying"]
    place: int | None = None
    done: int | None = None
    total: int | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the model is shown. `first`: the id of the oldest message of it; `left_out`: how many that were given it
    does not see; `tokens`: its size, counted or estimated, in a window of `size`."""

    first: str | None
    left_out: int
    tokens: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """An addition to the answer, to the thinking, or the end: `finish` is set once, on the last chunk.

    A chunk with `waiting` or `context` has nothing else. `waiting` comes before anything of the reply, `context` once,
    when it begins. `ignored`, on the last chunk, names what of the `Sampling` made no difference.
    """

    text: str = ""
    reasoning: str = ""
    waiting: Waiting | None = None
    context: Context | None = None
    usage: Usage | None = None
    finish: Literal["stop", "length"] | None = None
    ignored: tuple[str, ...] = ()
