"""How late this machine wakes those who sleep: a busy one cannot keep to the second what a site promises."""

from __future__ import annotations

import asyncio
import time

NAP = 0.05


class Lateness:
    def __init__(self) -> None:
        self.measured: list[tuple[float, float]] = []

    async def measure(self) -> None:
        while True:
            lay_down = time.monotonic()
            await asyncio.sleep(NAP)
            woke = time.monotonic()
            self.measured.append((woke, woke - lay_down - NAP))

    def before(self, moment: float, seconds: float) -> float:
        """Together in the seconds before and in the one after, for who was still asleep at the moment: on its way into
        the database a text waits for several who sleep."""
        return sum(late for woke, late in self.measured if moment - seconds <= woke <= moment + 1)

    def since(self, moment: float) -> float:
        """All of it together."""
        return sum(late for woke, late in self.measured if woke >= moment)
