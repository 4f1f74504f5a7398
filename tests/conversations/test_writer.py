"""The one thread through which replies touch the database."""

from __future__ import annotations

import asyncio
import threading

import pytest

from conversations.writer import write, write_first

pytestmark = pytest.mark.django_db(transaction=True)


async def test_what_comes_first_waits_only_for_what_has_begun() -> None:
    begun, go_on, order = threading.Event(), threading.Event(), list[str]()

    def hold() -> None:
        begun.set()
        go_on.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write(hold))
        await asyncio.to_thread(begun.wait)
        for name in ("a reply", "another reply"):
            tasks.create_task(write(order.append, name))
        await asyncio.sleep(0)
        tasks.create_task(write_first(order.append, "a checkpoint"))
        await asyncio.sleep(0)
        go_on.set()
    assert order == ["a checkpoint", "a reply", "another reply"]


async def test_an_error_is_its_callers_and_the_thread_goes_on() -> None:
    with pytest.raises(ZeroDivisionError):
        await write(lambda: 1 / 0)
    assert await write(lambda: "still here") == "still here"


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), list[str]()

    def hold() -> None:
        begun.set()
        go_on.wait()

    holding = asyncio.create_task(write(hold))
    await asyncio.to_thread(begun.wait)
    given_up = asyncio.create_task(write(done.append, "given up"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait([given_up])
    go_on.set()
    await holding
    await write(done.append, "after it")
    assert done == ["after it"]
