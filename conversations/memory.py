"""The transcripts this process has read or written last: one request to the store less before a message is answered,
and something to read while the store is away."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from conversations.transcript import Transcript

BYTES = 2 * 1024 * 1024
"""How much is remembered in all, as it is in the store: about four of the longest conversations, or hundreds of
usual ones. In memory it takes about three times as much."""

TAGS = 8
"""How many versions back it is known that the newest was made of them."""


class Version(NamedTuple):
    transcript: Transcript
    """Whoever changes it takes a copy."""
    tag: str
    size: int


class Remembered(NamedTuple):
    version: Version
    tags: tuple[str, ...]
    """Of this version, and of those before it that it was made of."""


class Memory:
    """For all threads. Nothing rests on it being right: every write says which version it was made of."""

    def __init__(self, most: int = BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[str, Remembered] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: str) -> Version | None:
        with self._lock:
            kept = self._kept.get(key)
            return kept.version if kept else None

    def since(self, key: str, tag: str) -> Version | None:
        """The newest known version, if it is the one with this tag or was made of it."""
        with self._lock:
            kept = self._kept.get(key)
            return kept.version if kept and tag in kept.tags else None

    def keep(self, key: str, version: Version, *, after: str | None = None) -> None:
        """Remembers a version; `after` is the tag of the one it has replaced."""
        with self._lock:
            before = self._drop(key)
            earlier = before.tags if before and before.tags[0] == after else (after,) if after else ()
            self._kept[key] = Remembered(version, (version.tag, *earlier)[:TAGS])
            self._bytes += version.size
            while self._bytes > self._most:
                self._drop(next(iter(self._kept)))

    def forget(self, key: str) -> None:
        with self._lock:
            self._drop(key)

    def _drop(self, key: str) -> Remembered | None:
        kept = self._kept.pop(key, None)
        self._bytes -= kept.version.size if kept else 0
        return kept
