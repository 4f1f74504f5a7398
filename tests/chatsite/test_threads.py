"""The threads that requests are lent."""

from __future__ import annotations

import sqlite3
import threading
import time
from asyncio import CancelledError
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from benchmarks import processes
from chatsite import threads
from chatsite.threads import KEPT, Lent, Threads
from tests.site import Site, running


@pytest.fixture
def some(monkeypatch: pytest.MonkeyPatch) -> Threads:
    monkeypatch.setattr(threads, "database_file", lambda: (1, 1))
    return Threads(kept=1)


def test_one_request_after_the_other_is_lent_the_same(some: Threads) -> None:
    used = []
    for _ in range(2):
        with Lent(some) as thread:
            used.append(thread.submit(threading.current_thread).result())
    assert used[0] == used[1]


def test_two_at_once_are_lent_two_and_only_so_many_are_kept(some: Threads) -> None:
    with Lent(some) as first:
        beyond = first.submit(threading.current_thread).result()
        with Lent(some) as second:
            kept = second.submit(threading.current_thread).result()
    beyond.join(30)
    assert [beyond.is_alive(), kept.is_alive()] == [False, True]
    with Lent(some) as thread:
        assert thread.submit(threading.current_thread).result() == kept


def test_a_request_that_only_waits_has_none(some: Threads) -> None:
    with Lent(some) as thread:
        used = thread.submit(threading.current_thread).result()
    with Lent(some), Lent(some) as thread:
        assert thread.submit(threading.current_thread).result() == used


def test_none_is_kept_for_a_database_that_somebody_has_replaced(some: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    with Lent(some) as thread:
        before = thread.submit(threading.current_thread).result()
    monkeypatch.setattr(threads, "database_file", lambda: (1, 2))
    with Lent(some) as thread:
        assert thread.submit(threading.current_thread).result() is not before
    before.join(30)
    assert not before.is_alive()


def test_one_that_is_still_at_work_when_its_visitor_leaves_is_not_lent_again(some: Threads) -> None:
    goes_on = threading.Event()
    with Lent(some) as thread:
        thread.submit(goes_on.wait, 30)
        used = thread.submit(threading.current_thread)
    with Lent(some) as thread:
        assert thread.submit(threading.current_thread).result(10) is not None
    goes_on.set()
    used.result(10).join(30)
    assert not used.result().is_alive()


def test_one_whose_request_was_cut_short_is_not_lent_again(some: Threads) -> None:
    with suppress(CancelledError), Lent(some) as thread:
        used = thread.submit(threading.current_thread).result()
        raise CancelledError
    used.join(30)
    assert not used.is_alive()


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path, LLM_BACKEND="guide") as site:
        yield site


def test_the_next_request_reads_a_database_that_was_put_in_the_place_of_another(own_site: Site) -> None:
    before = own_site.visitor()
    database, copy = own_site.var / "db.sqlite3", own_site.var / "copy"
    with closing(sqlite3.connect(database)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
    later = own_site.visitor()
    assert [who.http.get("/c/new/").status_code for who in (before, later)] == [200, 200]
    with closing(sqlite3.connect(database)) as old:
        # Whoever opens it before the files beside it are gone finds nothing in them.
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy.replace(database)
    for beside in ("-wal", "-shm"):
        Path(f"{database}{beside}").unlink(missing_ok=True)
    # Who signed up since is not known there.
    assert [who.http.get("/c/new/").status_code for who in (before, later)] == [200, 302]


def test_after_a_rush_few_threads_are_left(own_site: Site) -> None:
    visitor = own_site.visitor()
    assert own_site.process
    at_rest = processes.threads(own_site.process.pid)
    with ThreadPoolExecutor(30) as at_once:
        list(at_once.map(lambda _: visitor.http.get("/c/new/"), range(120)))
    deadline = time.monotonic() + 30
    while (left := processes.threads(own_site.process.pid)) > at_rest + KEPT:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
