"""What the processes of a site take of the machine, as Linux tells it."""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """The process and all that it has begun."""
    found = [pid]
    for one in found:
        with suppress(OSError):
            found += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
    return found


def cpu_seconds(pid: int) -> float:
    total = 0
    for one in family(pid):
        with suppress(OSError):
            # The name, in parentheses, may hold blanks.
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICK


def megabytes(pid: int) -> float:
    """What they share is counted once (PSS)."""
    total = 0
    for one in family(pid):
        with suppress(OSError):
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.MULTILINE)
            total += int(found[1]) if found else 0
    return total * 1024 / 1e6


def threads(pid: int) -> int:
    """Of the process that has the most."""
    counts = [0]
    for one in family(pid):
        with suppress(OSError):
            counts.append(len(os.listdir(f"/proc/{one}/task")))
    return max(counts)


def descriptors(pid: int) -> int:
    total = 0
    for one in family(pid):
        with suppress(OSError):
            total += len(os.listdir(f"/proc/{one}/fd"))
    return total


@dataclass
class Watched:
    """The highest that was seen, and the processor time from the beginning to the end."""

    pid: int
    megabytes: float = 0.0
    threads: int = 0
    cpu: float = 0.0
    _before: float = field(default=0.0, repr=False)
    _task: asyncio.Task[None] | None = field(default=None, repr=False)

    async def __aenter__(self) -> Watched:
        self._before = cpu_seconds(self.pid)
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task:
            self._task.cancel()
        self.cpu = cpu_seconds(self.pid) - self._before

    async def _watch(self) -> None:
        while True:
            self.megabytes = max(self.megabytes, megabytes(self.pid))
            self.threads = max(self.threads, threads(self.pid))
            await asyncio.sleep(1)
