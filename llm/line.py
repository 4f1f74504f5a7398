"""Who is served next, where one model serves all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Asked(Protocol):
    asker: str


T = TypeVar("T", bound=Asked)


class Line(Generic[T]):
    """First come, first served; but nobody has a second turn before all who wait have had one.

    An empty `asker` is nobody in particular, and never the same as another.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, T]] = []
        self._last_rounds: dict[str, int] = {}
        self._round = 0
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[T]:
        """In the order in which they will be served."""
        return (request for _, _, request in self._waiting)

    def join(self, request: T) -> None:
        turn = max(self._round, self._last_rounds.get(request.asker, -1) + 1)
        if request.asker:
            self._last_rounds[request.asker] = turn
        self._arrivals += 1
        self._waiting.append((turn, self._arrivals, request))
        self._waiting.sort(key=lambda waiting: waiting[:2])

    def leave(self, request: T) -> None:
        self._waiting = [waiting for waiting in self._waiting if waiting[2] is not request]

    def next(self) -> T:
        self._round, _, request = self._waiting.pop(0)
        self._last_rounds = {asker: turn for asker, turn in self._last_rounds.items() if turn >= self._round}
        return request
