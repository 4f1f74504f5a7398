"""A store in memory: counted, and with several writers who take turns as a test decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread, current_thread
from typing import Literal

from conversations.store import Conflict, Gone, Stored


@dataclass
class MemoryStore:
    """`asked` holds each request: what was done, to which key, and how many bytes it moved."""

    name: str = "memory"
    conditions: Literal["store"] = "store"
    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    ages: dict[str, float] = field(default_factory=dict)
    writes: int = 0

    def get(self, key: str) -> Stored | None:
        self._ask("get", key)
        found = self.objects.get(key)
        self.asked.append(("get", key, len(found[0]) if found else 0))
        return Stored(*found) if found else None

    def put(self, key: str, data: bytes, tag: str | None) -> str:
        self._ask("put", key)
        self.asked.append(("put", key, len(data)))
        present = self.objects.get(key)
        if tag is not None and present is None:
            raise Gone(key)
        if tag != (present and present[1]):
            raise Conflict(key)
        self.writes += 1
        self.objects[key] = data, str(self.writes)
        return str(self.writes)

    def delete(self, key: str) -> None:
        self._ask("delete", key)
        self.objects.pop(key, None)

    def keys(self, prefix: str) -> Iterator[str]:
        self._ask("keys", prefix)
        return iter(sorted(key for key in self.objects if key.startswith(prefix)))

    def age(self, key: str) -> float | None:
        self._ask("age", key)
        return self.ages.get(key, 0.0) if key in self.objects else None

    def check(self) -> None:
        pass

    def now(self) -> float | None:
        return None

    def _ask(self, what: str, key: str) -> None:
        """Before anything happens."""


class Actor(Thread):
    """Does something with the store in a thread of its own, one request at a time, each when it is let."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.act = act
        self.may_go, self.waits = Event(), Event()
        self.error: Exception | None = None
        self.ended = False

    def run(self) -> None:
        self.pause()
        try:
            self.act()
        except Exception as error:  # noqa: BLE001
            self.error = error
        self.ended = True
        self.waits.set()

    def pause(self) -> None:
        self.waits.set()
        assert self.may_go.wait(20)
        self.may_go.clear()

    def step(self) -> None:
        """Up to its next request, or to its end."""
        self.waits.clear()
        self.may_go.set()
        assert self.waits.wait(20)


class SharedStore(MemoryStore):
    def _ask(self, what: str, key: str) -> None:
        if isinstance(actor := current_thread(), Actor):
            actor.pause()


def play(acts: Sequence[Callable[[], object]], order: Sequence[int]) -> list[Exception | None]:
    """Lets all of them act at the same time, request by request; `order` says whose is next. Their errors."""
    actors = [Actor(act) for act in acts]
    for actor in actors:
        actor.start()
        assert actor.waits.wait(20)
    turns = iter(order)
    while going := [actor for actor in actors if not actor.ended]:
        going[next(turns, 0) % len(going)].step()
    return [actor.error for actor in actors]
