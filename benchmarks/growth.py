"""What a site takes of the machine from minute to minute, and whether that grows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from benchmarks import processes

LATER = 1.1
ROOM = {"oldest": 5, "threads": 3, "descriptors": 15, "files": 3}
"""How many more there may be at the end than a tenth more: some come and go with who is being answered. Of memory it is
megabytes, of which those that remember what was said last are the most."""


@dataclass(frozen=True)
class Sample:
    at: float
    """Minutes since the beginning."""
    megabytes: float
    oldest: float
    """Megabytes of the worker that lives all the time."""
    threads: int
    """Of the process that has the most."""
    descriptors: int
    files: int
    """Temporary ones."""
    connections: int | None
    """To the database, where it has connections."""


def sample(at: float, master: int, oldest: int, files: int, database_url: str) -> Sample:
    return Sample(at, processes.megabytes(master), processes.megabytes(oldest), processes.threads(master),
                  processes.descriptors(master), files, connections(database_url))  # fmt: skip


def connections(database_url: str) -> int | None:
    if not database_url:
        return None
    with psycopg.connect(database_url) as database:
        count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        found = database.execute(count).fetchone()
    return int(found[0]) if found else 0


def temporary(temp: Path, store: Path) -> list[Path]:
    """All in the folder for temporary files, and what is unfinished in the store; not its locks, which are 256."""
    unfinished = (path for path in _files(store) if path.name.startswith(".") and ".locks" not in path.parts)
    return [*_files(temp), *unfinished]


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def typical(samples: Iterable[Sample], minute: float) -> Sample:
    """The median of each in the minute before this one."""
    last = [one for one in samples if minute - 1 <= one.at <= minute]
    known = [one.connections for one in last if one.connections is not None]

    def middle(name: str) -> float:
        return float(median(getattr(one, name) for one in last))

    threads, descriptors, files = (round(middle(name)) for name in ("threads", "descriptors", "files"))
    open_ones = round(median(known)) if known else None
    return Sample(minute, middle("megabytes"), middle("oldest"), threads, descriptors, files, open_ones)


def grown(before: Sample, halfway: Sample, after: Sample) -> Sequence[str]:
    """What there is more of, in words. What has not grown since halfway has only filled its pools."""
    return [
        f"{name}: {getattr(before, name):.0f} at minute {before.at:.0f}, {getattr(after, name):.0f} at the end"
        for name, room in ROOM.items()
        if getattr(after, name) > LATER * getattr(before, name) + room
        and getattr(after, name) > LATER * getattr(halfway, name) + room / 2
    ]


def drift(before: Sample, after: Sample) -> str:
    named = {"memory MB": "megabytes", "of the oldest worker": "oldest", "threads": "threads",
             "descriptors": "descriptors", "temporary files": "files"}  # fmt: skip
    changes = {said: getattr(after, name) - getattr(before, name) for said, name in named.items()}
    return ", ".join(f"{said} {change:+.0f}" for said, change in changes.items())
