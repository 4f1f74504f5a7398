"""What the site relies on in a store, tried under a key of its own that is taken away again."""

from __future__ import annotations

import time
from contextlib import suppress
from uuid import uuid4

from chatsite.doctor.finding import sentence
from chatsite.doctor.trial import Step, failed
from conversations.store import Conflict, Store, StoreError
from conversations.transcripts import archive

FOLDER = "doctor/"
OTHERS = "Two writers can overwrite each other: it has let a second one in."


def keep() -> list[Step]:
    """One step per promise; after the first that is broken no other is tried."""
    scratch = Scratch(archive().store)
    steps: list[Step] = []
    for name, act in (
        ("create", scratch.create),
        ("conflict", scratch.conflict),
        ("replace", scratch.replace),
        ("list", scratch.list),
        ("delete", scratch.delete),
    ):
        began = time.monotonic()
        try:
            problem = act()
        except StoreError as error:
            problem = sentence(error)
        if problem:
            scratch.clear()
            return [*steps, failed(f"store: {name}", problem, began)]
        steps.append(Step(f"store: {name}", "ok", "", time.monotonic() - began))
    return steps


def conditions() -> str:
    held = archive().store.conditions
    return {"store": "by conditions of the store", "lock": "by a lock in the database"}.get(held or "", "")


class Scratch:
    """Each act returns what is wrong with what came of it, or nothing. Raises StoreError."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.key = f"{FOLDER}{uuid4()}.json"
        self.first = ""

    def create(self) -> str:
        self.first = self.store.put(self.key, b"1", None)
        return self._holds(b"1")

    def conflict(self) -> str:
        """Creating what is there already."""
        return self._refuses(None)

    def replace(self) -> str:
        self.store.put(self.key, b"2", self.first)
        return self._holds(b"2") or self._refuses(self.first)

    def list(self) -> str:
        return "" if self.key in self.store.keys(FOLDER) else "It does not list what it has."

    def delete(self) -> str:
        self.store.delete(self.key)
        return "It still has what was deleted." if self.store.get(self.key) else ""

    def clear(self) -> None:
        with suppress(StoreError):
            self.store.delete(self.key)

    def _holds(self, data: bytes) -> str:
        found = self.store.get(self.key)
        return "" if found and found.data == data else "It gives back something else than it was given."

    def _refuses(self, tag: str | None) -> str:
        try:
            self.store.put(self.key, b"3", tag)
        except Conflict:
            return ""
        return OTHERS
