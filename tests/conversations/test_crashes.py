"""Killed wherever it waits, and at random moments, the site keeps what it has said."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import Literal
from zlib import crc32

import psycopg
import pytest

from tests import postgresql
from tests.crashes.ordeal import Ordeal
from tests.crashes.orders import Order
from tests.model_server import ModelServer

Database = Literal["SQLite", "PostgreSQL"]
WORKERS = (1, 2)
MOST = 3
"""Deaths at points in one place. There are about twice as many points: chance decides in each run."""


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_wherever_a_process_dies_nothing_is_lost_doubled_or_stuck(database: Database, tmp_path: Path) -> None:
    with ExitStack() as stack:
        urls = ["" for _ in WORKERS] if database == "SQLite" else list(stack.enter_context(two_databases()))
        models = stack.enter_context(ModelServer())
        ordeals = [
            Ordeal(tmp_path / str(workers), models.base_url, workers=workers, database_url=url)
            for workers, url in zip(WORKERS, urls, strict=True)
        ]
        wrong = asyncio.run(all_broken(ordeals, database))
    assert not wrong, "\n".join(wrong[:200] + [line for ordeal in ordeals for line in complaints(ordeal)][:400])


def complaints(ordeal: Ordeal) -> list[str]:
    """What its processes have said, but for what is said of every crash."""
    usual = ("INFO ", " lost its process; ")
    return [line for line in ordeal.site.log.read_text().splitlines() if not any(word in line for word in usual)]


@contextmanager
def two_databases() -> Iterator[list[str]]:
    if not postgresql.programs():
        pytest.skip("PostgreSQL is not installed")
    with postgresql.server() as url:
        with psycopg.connect(url, autocommit=True) as database:
            database.execute("CREATE DATABASE other")
        yield [url, url.removesuffix("postgres") + "other"]


async def all_broken(ordeals: list[Ordeal], database: Database) -> list[str]:
    async with AsyncExitStack() as stack:
        await asyncio.gather(*(stack.enter_async_context(ordeal) for ordeal in ordeals))
        wrong = await asyncio.gather(*(rehearsal(ordeal) for ordeal in ordeals))
        points = dealt(ordeals, database)
        wrong += await asyncio.gather(*(crashed(ordeal, points[ordeal]) for ordeal in ordeals))
    unmet = [order for ordeal in ordeals for order in ordeal.unmet]
    # Which of the rarer points is met again depends on who is faster; most are.
    if 2 * len(unmet) > sum(map(len, points.values())):
        wrong.append([f"never came to {order}" for order in unmet])
    return sorted({sentence for sentences in wrong for sentence in sentences})


async def rehearsal(ordeal: Ordeal) -> list[str]:
    """A death at a random moment, after which all points have been met: those of the one who cleans up as well."""
    (await ordeal.all_kinds())()
    await ordeal.die_in(random.uniform(0.3, 3.0), everything=False)
    return [str(broken) for broken in await ordeal.settle()]


def dealt(ordeals: list[Ordeal], database: Database) -> dict[Ordeal, list[Order]]:
    """Points at which something changes, each in one place; `python -m benchmarks.crashes --points` has all in all."""
    hands: dict[Ordeal, list[Order]] = {ordeal: [] for ordeal in ordeals}
    for point in sorted(set().union(*(ordeal.points() for ordeal in ordeals))):
        order = Order.at(point)
        if order.changes and crc32(point.encode()) % 2 == (database == "SQLite"):
            able = [ordeal for ordeal in ordeals if point in ordeal.points()]
            min((hands[ordeal] for ordeal in able), key=len).append(order)
    return {ordeal: random.sample(hand, min(len(hand), MOST)) for ordeal, hand in hands.items()}


async def crashed(ordeal: Ordeal, points: list[Order]) -> list[str]:
    if ordeal.worker_count == 1:
        await ordeal.die_in(random.uniform(0.3, 3.0), everything=True)
    for order in sorted(points, key=lambda order: order.sweeping):
        await ordeal.die_at(order)
    return [str(broken) for broken in await ordeal.settle()]
