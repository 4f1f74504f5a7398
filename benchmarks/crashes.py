"""What is lost when the site is killed: `python -m benchmarks.crashes --kills 200`.

Replies run, 20 at a time; at a random moment a worker is killed with -9, every fourth time all processes. After every
few kills the site is left alone until its sweep has been, and what it has kept is compared with what the model server
had sent and what readers had received. With `--points` it is killed instead before and after everything it waits
for on the way of a message: a few hundred kills. The exit code tells whether a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from tests import postgresql
from tests.crashes.losses import Loss, losses
from tests.crashes.ordeal import PAUSE, REPLIES, WORDS, Ordeal
from tests.crashes.orders import Order
from tests.crashes.promises import Broken
from tests.model_server import ModelServer

BATCH = 4
"""Kills after which the site is left alone until its sweep has been; then another begins."""

LONGEST = WORDS * PAUSE
"""Seconds after the questions: by then the replies are about to end."""

KINDS = ("lost", "doubled", "stuck", "untitled", "left", "other")
HEAD = ("kills", "replies", "cut", "said", "seconds", "shown", *KINDS, "settled s")
WIDTHS = (7, 9, 6, 10, 11, 10, 6, 9, 7, 10, 6, 7, 11)


@dataclass
class Report:
    """Of one place: how many workers there were, and which database."""

    place: str
    kills: int = 0
    losses: list[Loss] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    slowest: float = 0.0

    def __str__(self) -> str:
        cut = [loss for loss in self.losses if loss.cut]
        kinds = Counter[str](broken.kind for broken in self.broken)
        row = [
            self.place, self.kills, len(self.losses), len(cut),
            span([loss.said for loss in cut]), span([loss.said / loss.per_second for loss in cut], 2),
            span([loss.shown for loss in cut]), *(kinds[kind] for kind in KINDS), f"{self.slowest:.1f}",
        ]  # fmt: skip
        return line(row)


def line(row: list[object]) -> str:
    return f"{row[0]:<22}" + "".join(f"{cell!s:>{width}}" for cell, width in zip(row[1:], WIDTHS, strict=True))


def span(numbers: Sequence[float], digits: int = 0) -> str:
    return f"{max(numbers):.{digits}f} {statistics.median(numbers):.{digits}f}" if numbers else "-"


async def at_random(ordeal: Ordeal, kills: int) -> None:
    for number in range(kills):
        await ordeal.die_in(random.uniform(0, LONGEST), everything=number % 4 == 3)


async def at_points(ordeal: Ordeal, orders: list[Order]) -> None:
    for order in orders:
        await ordeal.die_at(order)


async def points_of(ordeal: Ordeal, options: argparse.Namespace) -> list[Order]:
    """All that is waited for, met by letting the site die once while it does one of everything."""
    async with ordeal:
        (await ordeal.all_kinds())()
        await ordeal.die_in(1.0, everything=False)
        await ordeal.settle()
        points = [point for point in ordeal.points() if options.points in point]
    orders = [Order.at(point, hit=options.hit, everything=options.everything) for point in points]
    return sorted(orders, key=lambda order: (order.sweeping, str(order)))


async def suffer(ordeal: Ordeal, report: Report, models: ModelServer, batch: list[Order | None]) -> None:
    """So many deaths, and then what is left."""
    async with ordeal:
        for number, order in enumerate(batch):
            if order:
                await ordeal.die_at(order)
            else:
                await ordeal.die_in(random.uniform(0, LONGEST), everything=number % 4 == 3)
        found = await ordeal.settle()
    for order in ordeal.unmet:
        print(f"  {report.place} never came to {order}", flush=True)
    report.kills += len(ordeal.deaths)
    report.losses += losses(ordeal.asked, ordeal.store, models)
    report.slowest = max(report.slowest, ordeal.slowest)
    report.broken += found
    for broken in found:
        print(f"  {report.place}, {broken}", flush=True)


@contextmanager
def fresh(server: str, workers: int, replies: int) -> Iterator[tuple[Ordeal, ModelServer]]:
    """A site with data of its own."""
    url = ""
    if server:
        name = f"crashes_{uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as database:
            database.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = f"{server.rpartition('/')[0]}/{name}"
    with tempfile.TemporaryDirectory() as folder, ModelServer() as models:
        yield Ordeal(Path(folder), models.base_url, workers=workers, database_url=url, replies=replies), models


def measure(name: str, workers: int, options: argparse.Namespace) -> Report:
    report = Report(f"{name}, {workers} worker{'s' * (workers > 1)}")
    with ExitStack() as stack:
        server = stack.enter_context(postgresql.server()) if name == "postgresql" else ""
        deaths: list[Order | None] = [None] * options.kills
        if options.points is not None:
            with fresh(server, workers, options.replies) as (ordeal, _):
                deaths = [*asyncio.run(points_of(ordeal, options))]
        for start in range(0, len(deaths), BATCH):
            with fresh(server, workers, options.replies) as (ordeal, models):
                asyncio.run(suffer(ordeal, report, models, deaths[start : start + BATCH]))
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="in all places together")
    parser.add_argument("--points", nargs="?", const="", help="at all points, or those with this in their name")
    parser.add_argument("--hit", type=int, default=1, help="at which meeting of the point")
    parser.add_argument("--everything", action="store_true", help="at a point all processes die, not one worker")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--database", nargs="*", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    parser.add_argument("--replies", type=int, default=REPLIES, help="that run when the site is killed")
    options = parser.parse_args()
    if postgresql.programs() is None:
        options.database = [name for name in options.database if name != "postgresql"]
    places = [(name, workers) for name in options.database for workers in options.workers]
    options.kills = -(-options.kills // len(places))
    reports = [measure(name, workers, options) for name, workers in places]
    print(line(["most, median", *HEAD]))
    for report in reports:
        print(report)
    return any(report.broken for report in reports)


if __name__ == "__main__":
    sys.exit(main())
