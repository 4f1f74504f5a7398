"""A reply has one owner: who has lost it writes nothing, and who lives is not taken for dead."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.conversations import kept
from tests.conversations.test_deaths import begin
from tests.model_server import ModelServer
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


def heartbeat(site: Site, reply: str) -> str:
    beat: str = kept.query(site, "SELECT heartbeat_at FROM conversations_reply WHERE id = ?", reply)[0][0]
    return beat


@contextmanager
def asleep(site: Site, reply: str) -> Iterator[int]:
    """Stops the process that writes this reply: the one without which it is not renewed."""
    for pid in workers(site):
        os.kill(pid, signal.SIGSTOP)
        try:
            before = heartbeat(site, reply)
            kept.wait_for(lambda before=before: heartbeat(site, reply) != before, 1.2)  # type: ignore[misc]
        except AssertionError:
            try:
                yield pid
            finally:
                os.kill(pid, signal.SIGCONT)
            return
        os.kill(pid, signal.SIGCONT)
    raise AssertionError("no process writes this reply")


def test_a_process_that_slept_writes_nothing_of_a_reply_it_has_lost(
    pair: tuple[Site, ModelServer], visitor: Visitor
) -> None:
    site, models = pair
    with ExitStack() as streams:
        said, events = begin(visitor, streams, str(uuid4()), f"Sleep well [[slow 0.05]] [[say: {WORDS}]]")
        kept.wait_for(lambda: kept.pieces_of(site, said.reply))
        with asleep(site, said.reply):
            kept.wait_for(lambda: kept.messages(site, said.conversation).get(said.reply), STALE + 10)
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
