"""A reply has one owner: who has lost it writes nothing, and who lives is not taken for dead."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.conversations import kept
from tests.conversations.test_deaths import begin
from tests.model_server import ModelServer, Request
from tests.site import Site, Visitor, running

WORDS = " ".join(f"word{number}" for number in range(160))
STALE = 2


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, ModelServer]]:
    """A site of two processes, and its model server."""
    var = tmp_path_factory.mktemp("pair")
    with ModelServer() as models:
        settings = {"LLM_BASE_URL": models.base_url, "LLM_TITLES": "false", "REPLY_STALE_SECONDS": str(STALE)}
        with running(var, WEB_CONCURRENCY="2", **settings) as site:
            yield site, models


@pytest.fixture(scope="module")
def visitor(pair: tuple[Site, ModelServer]) -> Visitor:
    return pair[0].visitor()


def workers(site: Site) -> list[int]:
    assert site.process
    master = site.process.pid
    return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]


def who_asks(site: Site, request: Request) -> int:
    """The process at the other end of the connection that a model was asked on."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    (inode,) = [line[9] for line in lines if line[1] == f"0100007F:{request.client:04X}"]
    (pid,) = [pid for pid in workers(site) if f"socket:[{inode}]" in open_in(pid)]
    return pid


def open_in(pid: int) -> Iterator[str]:
    for file in Path(f"/proc/{pid}/fd").iterdir():
        # Some are closed at this moment.
        with suppress(FileNotFoundError):
            yield os.readlink(file)


@contextmanager
def asleep(site: Site, pid: int) -> Iterator[None]:
    """Stops it, but not in the middle of writing, which would keep all others from it."""
    with closing(sqlite3.connect(site.var / "db.sqlite3", isolation_level=None, timeout=20)) as database:
        database.execute("BEGIN IMMEDIATE")
        os.kill(pid, signal.SIGSTOP)
        kept.wait_for(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("T"))
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_process_that_slept_writes_nothing_of_a_reply_it_has_lost(
    pair: tuple[Site, ModelServer], visitor: Visitor
) -> None:
    site, models = pair
    with ExitStack() as streams:
        said, events = begin(visitor, streams, str(uuid4()), f"Sleep well [[slow 0.05]] [[hold 99]] [[say: {WORDS}]]")
        kept.wait_for(lambda: kept.pieces_of(site, said.reply))
        with asleep(site, who_asks(site, models.chats[-1])):
            kept.wait_for(lambda: kept.messages(site, said.conversation).get(said.reply))
        taken = kept.messages(site, said.conversation)
        assert taken[said.reply]["finish"] == "interrupted"
        # Awake again it notices, and tells its reader nothing that is not so.
        assert not [name for name, _ in events if name in {"done", "failed"}]
        kept.wait_for(models.chats[-1].gone.is_set)
    assert kept.messages(site, said.conversation) == taken
    assert WORDS.startswith(taken[said.reply]["text"])
    with visitor.stream(f"/c/{said.conversation}/replies/{said.reply}/") as found:
        told = dict(found)
    assert told["done"]["finish"] == "interrupted"
    assert told["snapshot"]["chars"] == len(taken[said.reply]["text"])
    assert kept.count(site, "piece", "reply_id = ?", said.reply) == 0


def test_a_stop_of_the_database_makes_no_living_reply_look_dead(
    pair: tuple[Site, ModelServer], visitor: Visitor
) -> None:
    site, _ = pair
    stale = f"SELECT 1 FROM conversations_reply WHERE id = ? AND heartbeat_at < datetime('now', '-{STALE + 1} seconds')"
    with ExitStack() as streams:
        said, events = begin(visitor, streams, str(uuid4()), f"Stand still [[slow 0.05]] [[say: {WORDS}]]")
        with closing(sqlite3.connect(site.var / "db.sqlite3", isolation_level=None)) as database:
            database.execute("BEGIN EXCLUSIVE")
            kept.wait_for(lambda: database.execute(stale, [UUID(said.reply).hex]).fetchall())
        said.events.extend(events)
    assert said["done"]["finish"] == "stop"
    assert kept.messages(site, said.conversation)[said.reply]["text"] == WORDS
