from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import ClassVar

from llm.chunk import Chunk
from llm.config import Config, Sampling

Message = Mapping[str, str]
"""`{"role": "system" | "user" | "assistant", "content": "…"}`"""


class Backend(ABC):
    """Something that answers. It is made for one call and holds nothing between calls.

    `ignores` names what of a `Sampling` it cannot do.
    """

    ignores: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, config: Config) -> None:
        self.config = config

    @abstractmethod
    def reply(self, messages: Sequence[Message], model: str, sampling: Sampling) -> AsyncGenerator[Chunk, None]:
        """Yields the reply to the last message and ends with one chunk that has `finish`.

        The messages fit, start with at most one system message and alternate. Where the last one is the
        assistant's, the reply goes on with it; what it repeats of it is taken away by the caller. Every failure is
        an `LLMError`. Closing the generator stops the model at once.
        """

    def warm(self) -> None:  # noqa: B027
        """Begins what the first reply would have to wait for; returns at once."""

    def context_length(self, model: str) -> int | None:
        """The tokens a model has room for; None where that is not known here, at once."""
        return None

    def count_tokens(self, model: str, text: str) -> int | None:
        """By the model's own tokenizer; None where that is not at hand."""
        return None
