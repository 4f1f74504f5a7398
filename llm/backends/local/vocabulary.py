"""Text to tokens, and tokens to text as they come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

Decoder = Callable[[int], str]
"""Takes one token after the other and gives the text that is complete: half a character is kept for the next."""


class Vocabulary:
    """A model's tokenizer, for any thread: asked in the ordinary way, a fast one cannot be shared."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self._lock = threading.Lock()
        fast: Any = getattr(tokenizer, "_tokenizer", None)
        self._fast = fast if hasattr(fast, "no_truncation") else None
        if self._fast is not None:
            self._fast.no_truncation()
            self._fast.no_padding()

    def encode(self, text: str, *, special: bool) -> list[int]:
        """`special`: with the token that the model wants before every text."""
        if self._fast is not None:
            return list(self._fast.encode(text, add_special_tokens=special).ids)
        with self._lock:
            return list(self.tokenizer.encode(text, add_special_tokens=special))

    def decoder(self) -> Decoder:
        return self._window() if self._fast is None else self._stream()

    def _stream(self) -> Decoder:
        from tokenizers.decoders import DecodeStream

        tokenizer: Any = self._fast
        stream = DecodeStream([], skip_special_tokens=True)

        def decode(token: int) -> str:
            nonlocal stream
            try:
                return stream.step(tokenizer, token) or ""
            except Exception:  # noqa: BLE001  it gives up on some sequences of bytes, and for good
                stream = DecodeStream([], skip_special_tokens=True)
                return stream.step(tokenizer, token) or ""

        return decode

    def _window(self) -> Decoder:
        """The tokens since the last complete text are decoded again together with those before: what a token says may
        depend on its neighbour."""
        before: list[int] = []
        fresh: list[int] = []

        def decode(token: int) -> str:
            fresh.append(token)
            known = self._text(before)
            text = self._text(before + fresh)
            if len(text) <= len(known) or text.endswith("\N{REPLACEMENT CHARACTER}"):
                return ""
            before[:] = fresh
            fresh.clear()
            return text[len(known) :]

        return decode

    def _text(self, tokens: list[int]) -> str:
        with self._lock:
            return str(self.tokenizer.decode(tokens, skip_special_tokens=True)) if tokens else ""
