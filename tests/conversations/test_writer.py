"""The threads through which replies touch the database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from django.conf import settings

from conversations.writer import write, write_first

pytestmark = pytest.mark.django_db(transaction=True)


@asynccontextmanager
async def all_busy() -> AsyncIterator[threading.Event]:
    """With something to do for each of the threads; one of them is done with it when the event is set."""
    begun = threading.Barrier(settings.DATABASE_WRITERS + 1)
    one, others = threading.Event(), threading.Event()

    def hold(until: threading.Event) -> None:
        begun.wait()
        until.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write(hold, one))
        for _ in range(settings.DATABASE_WRITERS - 1):
            tasks.create_task(write(hold, others))
        await asyncio.to_thread(begun.wait)
        try:
            yield one
        finally:
            one.set()
            others.set()


async def test_what_comes_first_waits_only_for_what_has_begun() -> None:
    order: list[str] = []
    async with all_busy() as one, asyncio.TaskGroup() as tasks:
        for name in ("a reply", "another reply"):
            tasks.create_task(write(order.append, name))
        await asyncio.sleep(0)
        tasks.create_task(write_first(order.append, "a checkpoint"))
        await asyncio.sleep(0)
        one.set()
    assert order == ["a checkpoint", "a reply", "another reply"]


async def test_an_error_is_its_callers_and_the_thread_goes_on() -> None:
    with pytest.raises(ZeroDivisionError):
        await write(lambda: 1 / 0)
    assert await write(lambda: "still here") == "still here"


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    done: list[str] = []
    async with all_busy() as one:
        given_up = asyncio.create_task(write(done.append, "given up"))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait([given_up])
        one.set()
        await write(done.append, "after it")
    assert done == ["after it"]
