"""A store in which somebody else is a little faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import pytest

from conversations.stores.folder import FolderStore
from conversations.transcripts import archive


class Crossed(FolderStore):
    """Between what is read and what is written of it somebody does something, once."""

    meanwhile: Callable[[], object] | None = None

    @classmethod
    def by(cls, meanwhile: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> Self:
        store = archive().store
        assert isinstance(store, FolderStore)
        crossed = cls(store.root)
        crossed.meanwhile = meanwhile
        monkeypatch.setattr(archive(), "store", crossed)
        return crossed

    def put(self, key: str, data: bytes, tag: str | None) -> str:
        act, self.meanwhile = self.meanwhile, None
        if act:
            act()
        return super().put(key, data, tag)
