"""How late this machine wakes those who sleep, and writes to its disk: a busy one cannot keep to the second what a site
promises."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from pathlib import Path
from typing import BinaryIO

NAP = 0.05
WORTH_TELLING = 0.01
NAME = "late-{}"


def tell(folder: Path) -> None:
    """Has a process that may be killed write down, as it goes, how late its own threads are woken."""

    def measure() -> None:
        with (folder / NAME.format(os.getpid())).open("a", encoding="ascii") as told:
            while True:
                lay_down = time.monotonic()
                time.sleep(NAP)
                woke = time.monotonic()
                if (late := woke - lay_down - NAP) > WORTH_TELLING:
                    told.write(f"{woke} {late}\n")
                    told.flush()

    threading.Thread(target=measure, daemon=True).start()


class Lateness:
    """That of this process, and of those that tell of theirs in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.measured: list[tuple[float, float]] = []

    async def measure(self) -> None:
        await asyncio.gather(self._sleep(), self._write())

    async def _write(self) -> None:
        with (self.folder / "disk").open("wb", buffering=0) as file:
            while True:
                await asyncio.sleep(NAP)
                late = await asyncio.to_thread(_written, file)
                if late > WORTH_TELLING:
                    self.measured.append((time.monotonic(), late))

    async def _sleep(self) -> None:
        while True:
            lay_down = time.monotonic()
            await asyncio.sleep(NAP)
            woke = time.monotonic()
            self.measured.append((woke, woke - lay_down - NAP))

    def before(self, moment: float, seconds: float) -> float:
        """Together in the seconds before and in the one after, for who was still asleep at the moment: on its way into
        the database a text waits for several who sleep."""

        def late(measured: list[tuple[float, float]]) -> float:
            return sum(late for woke, late in measured if moment - seconds <= woke <= moment + 1)

        return late(self.measured) + max(map(late, self._told()), default=0.0)

    def since(self, moment: float) -> float:
        """All of it together."""
        return sum(late for woke, late in self.measured if woke >= moment)

    def _told(self) -> list[list[tuple[float, float]]]:
        files = [path.read_text(encoding="ascii") for path in self.folder.glob(NAME.format("*"))]
        return [[_read(line) for line in text.splitlines(keepends=True) if line.endswith("\n")] for text in files]


def _written(file: BinaryIO) -> float:
    """Seconds until a line is safe from a power cut, as every commit has to be."""
    began = time.monotonic()
    file.write(b"\n")
    os.fsync(file)
    return time.monotonic() - began


def _read(line: str) -> tuple[float, float]:
    woke, late = map(float, line.split())
    return woke, late
