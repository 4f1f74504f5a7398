"""The folder store, with every request counted and, if wanted, as slow as a bucket."""

from __future__ import annotations

import time
from collections.abc import Iterator

from conversations.store import Stored
from conversations.stores.folder import FolderStore

requests: list[tuple[str, int]] = []
"""What was asked, and the bytes that went there or came back."""

delay = 0.0
"""Seconds added to every request."""


class CountedStore(FolderStore):
    def get(self, key: str) -> Stored | None:
        found = super().get(key)
        _count("GET", len(found.data) if found else 0)
        return found

    def put(self, key: str, data: bytes, tag: str | None) -> str:
        _count("PUT", len(data))
        return super().put(key, data, tag)

    def delete(self, key: str) -> None:
        _count("DELETE", 0)
        super().delete(key)

    def keys(self, prefix: str) -> Iterator[str]:
        _count("LIST", 0)
        return super().keys(prefix)

    def age(self, key: str) -> float | None:
        _count("HEAD", 0)
        return super().age(key)


def _count(what: str, size: int) -> None:
    time.sleep(delay)
    requests.append((what, size))
