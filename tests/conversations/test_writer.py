"""The threads through which replies touch the database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from conversations.models import Reply
from conversations.writer import let_go, write, write_first

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


def server_process(all_here: threading.Barrier) -> int:
    all_here.wait()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()" if connection.vendor == "postgresql" else "SELECT 0")
        return int(cursor.fetchone()[0])


def end(processes: list[int]) -> None:
    """As the server does with all of them when it starts again."""
    with connection.cursor() as cursor:
        for process in processes if connection.vendor == "postgresql" else []:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    connection.close()


@pytest.mark.parametrize("trusted", [0, 60])
async def test_after_a_restart_of_the_server_calls_have_new_connections(
    monkeypatch: pytest.MonkeyPatch, trusted: float
) -> None:
    monkeypatch.setattr("conversations.connections.TRUSTED_SECONDS", trusted)
    await asyncio.to_thread(let_go)
    all_here = threading.Barrier(settings.DATABASE_WRITERS)
    theirs = await asyncio.gather(*(write(server_process, all_here) for _ in range(settings.DATABASE_WRITERS)))
    await asyncio.to_thread(end, theirs)
    failed = 0
    for _ in range(4 * settings.DATABASE_WRITERS):
        try:
            assert await write(Reply.objects.count) == 0
        except OperationalError:
            failed += 1
    # A connection that was used a moment ago is not asked before whether it is alive.
    assert failed <= (settings.DATABASE_WRITERS if trusted else 0)
    await asyncio.to_thread(let_go)
