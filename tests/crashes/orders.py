"""What a worker is told through a file: to die at a point."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, Self
from uuid import uuid4

READS = {"Answer._said", "_conversation_of", "_progress", "_stale", "_waiting", "door", "html_of", "reply_of", "runs"}
STORE_READS = {"age", "get", "list"}


@dataclass(frozen=True)
class Order:
    when: Literal["before", "after"]
    name: str
    hit: int = 1
    """At which meeting of the point, counted from the moment of the order."""
    everything: bool = False
    """Whether the other processes die too, as when the machine loses its power."""
    id: str = field(default_factory=lambda: uuid4().hex)

    def __str__(self) -> str:
        return f"{self.when} {self.name}{', all processes' if self.everything else ''}"

    @property
    def sweeping(self) -> bool:
        """Met by the one who finishes what the dead have left, not by one who is asked something."""
        return self.name.startswith(("keep_sweeping", "_finish:"))

    @property
    def changes(self) -> bool:
        """Nothing changes where something is only read: to die there is to die at the change before or after.

        The same is true of what only encloses such points, and of the time before a file is filled or pages are told.
        """
        last = self.name.split(": ")[-1]
        within = last in READS or last.split()[0] in STORE_READS or last.startswith("Archive.")
        told = last.startswith("LiveReply.") and (self.when == "before" or last.endswith(".close"))
        return not (within or told or (self.when, last) == ("before", "file filled"))

    @classmethod
    def at(cls, point: str, *, hit: int = 1, everything: bool = False) -> Self:
        """From what a worker has written down: `before X` or `after X`."""
        when, _, name = point.partition(" ")
        return cls("before" if when == "before" else "after", name, hit, everything)

    def means(self, when: str, name: str) -> bool:
        return (self.when, self.name) == (when, name)

    def give(self, path: Path) -> None:
        unfinished = path.with_suffix(".new")
        unfinished.write_text(json.dumps(asdict(self)))
        unfinished.replace(path)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        try:
            return cls(**json.loads(path.read_text()))
        except FileNotFoundError:
            return None
