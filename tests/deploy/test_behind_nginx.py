"""Sites as on several machines: one database, one bucket, nginx or Caddy before them; they restart, and one dies."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.conversations.asked import let_go_on, request_for
from tests.conversations.kept import wait_for
from tests.crashes.readers import Asked, Readers, all_of, question
from tests.deploy import proxies
from tests.deploy.servers import Shared
from tests.model_server import ModelServer
from tests.site import Said, Site, Visitor

WORDS = " ".join(f"word{number}" for number in range(100))
DIES = f"[[hold 40]] [[slow 0.05]] [[say: {WORDS}]] [[then: and so on]]"
STALE = 2


class Cluster:
    """Two sites of two processes, which know nothing of each other."""

    def __init__(self, sites: list[Site], url: str) -> None:
        self.sites = sites
        self.url = url
        self.visitor = Visitor(url)

    def begin(self, streams: ExitStack, text: str) -> tuple[Said, Any]:
        said = Said(str(uuid4()), str(uuid4()))
        body = {"message": said.message, "parent": None, "text": text}
        events = streams.enter_context(self.visitor.stream(f"/c/{said.conversation}/messages/", body))
        said.events.append(next(events))
        return said, events

    def attach(self, said: Said) -> list[tuple[str, Any]]:
        with self.visitor.stream(f"/c/{said.conversation}/replies/{said.reply}/") as events:
            return list(events)


@pytest.fixture(scope="module")
def cluster(shared: Shared, model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    settings = {
        "DATABASE_URL": shared.database_url,
        "CONVERSATION_STORE": f"s3://{shared.bucket}/site",
        "SECRET_KEY": "one for all processes",
        "ENCRYPTION_KEY": "and another",
        "LLM_BASE_URL": model_server.base_url,
        "LLM_TITLES": "false",
        "REPLIES_AT_ONCE": "100",
        "REPLY_STALE_SECONDS": str(STALE),
        "TRUSTED_PROXIES": "1",
        "WEB_CONCURRENCY": "2",
        "DATABASE_CONNECTIONS": "4",
        # Of which eight are kept for saving.
        "GUNICORN_CMD_ARGS": "--graceful-timeout 9",
        **shared.s3,
    }
    sites = [Site(tmp_path_factory.mktemp("site"), **settings) for _ in range(2)]
    with ExitStack() as stack:
        for site in sites:
            stack.callback(site.stop)
        # At the same moment, before there is a table.
        with ThreadPoolExecutor() as machines:
            list(machines.map(Site.start, sites))
        url = stack.enter_context(proxies.nginx(tmp_path_factory.mktemp("nginx"), [site.port for site in sites]))
        yield Cluster(sites, url)


@pytest.fixture
def both(cluster: Cluster) -> Cluster:
    for site in cluster.sites:
        if site.process is None:
            site.start()
    return cluster


@pytest.mark.parametrize("proxy", ["nginx", "Caddy"])
def test_words_come_through_as_they_are_said_and_to_whoever_attaches(
    both: Cluster, model_server: ModelServer, proxy: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        if proxy == "Caddy":
            both = Cluster(both.sites, stack.enter_context(proxies.caddy(tmp_path, [site.port for site in both.sites])))
        question = f"Slowly {proxy} [[hold 20]] [[slow 0.01]] [[say: {WORDS}]]"
        said, events = both.begin(stack, question)
        # What was said is here, and the rest has not been said yet.
        assert next(data["chars"] for name, data in events if name == "block") < len(WORDS) / 2
        # By turns both sites are asked, of which one process has the reply.
        with ThreadPoolExecutor(4) as tabs:
            attaching = [tabs.submit(both.attach, said) for _ in range(4)]
            let_go_on(model_server, question)
            attached = [told.result() for told in attaching]
        rest = list(events)
    html = dict(rest)["done"]["html"]
    assert WORDS in html
    for told in attached:
        assert told[0][0] == "snapshot"
        assert dict(told)["done"]["html"] == html


async def test_a_rolling_restart_under_load_loses_nothing(both: Cluster, shared: Shared) -> None:
    readers = Readers(await asyncio.to_thread(Visitor, both.url))
    asked: list[Asked] = []
    tags = count(1)
    restarting = True

    async def talk() -> None:
        """Whose stream breaks off asks again, as a page does, and is never refused: the other process begins what one
        that restarts does not."""
        while restarting:
            one = question(f"r{next(tags):03}", 20, 0.1)
            asked.append(one)
            while not (one.outcome or one.refused):
                await readers.ask(one)

    talking = [asyncio.create_task(talk()) for _ in range(3)]
    for site in both.sites:
        assert site.process
        site.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(site.process.wait, 20) == 0
        await asyncio.to_thread(site.start)
    restarting = False
    assert await all_of(talking, 30)
    await readers.close()
    assert len(asked) > 3
    assert [(one.name, one.refused) for one in asked if one.refused] == []
    kept = shared.transcripts()
    for one in asked:
        assert one.outcome
        name, data = one.outcome
        messages = kept[one.conversation]["messages"]
        assert [message["id"] for message in messages] == [one.message, one.reply]
        assert name == "done"
        assert messages[1]["finish"] == data["finish"]
        assert one.says.startswith(messages[1]["text"])
        assert data["finish"] == "interrupted" or messages[1]["text"] == one.says
    assert shared.query("SELECT count(*) FROM conversations_reply WHERE finish = ''") == [(0,)]


def test_when_one_dies_in_mid_reply_the_page_finds_the_reply_at_the_other(
    both: Cluster, shared: Shared, model_server: ModelServer
) -> None:
    dying, living = both.sites
    with ExitStack() as streams:
        begun = [both.begin(streams, f"{number} dies {DIES}") for number in range(4)]
        seen = {said.reply: last_chars(events, 100) for said, events in begun}
        dying.kill()
        for number in range(4):
            request_for(model_server, f"{number} dies {DIES}").may_go_on.set()
        outcomes = [outcome(events) for _, events in begun]
        cut = [said for (said, _), ended in zip(begun, outcomes, strict=True) if ended is None]
        assert 0 < len(cut) < 4, outcomes
        assert {ended for ended in outcomes if ended} == {"stop"}
    said = cut[0]
    done = wait_for(lambda: dict(both.attach(said)).get("done"), 20)
    assert done["finish"] == "interrupted"
    kept = shared.transcripts()[said.conversation]["messages"]
    assert [message["role"] for message in kept] == ["user", "assistant"]
    assert WORDS.startswith(kept[1]["text"])
    assert len(kept[1]["text"]) >= seen[said.reply] - len("word99 ") * 20
    with both.visitor.stream(f"/c/{said.conversation}/replies/{said.reply}/continue/", {}) as events:
        assert outcome(events) == "stop"
    whole = shared.transcripts()[said.conversation]["messages"][1]["text"]
    assert whole.startswith(kept[1]["text"])
    assert whole.endswith("and so on")
    assert living.process
    assert living.process.poll() is None


def last_chars(events: Any, least: int) -> int:
    return next(int(data["chars"]) for name, data in events if name == "block" and data["chars"] >= least)


def outcome(events: Any) -> str | None:
    """How the stream ended; None where it broke off."""
    try:
        return next((data["finish"] for name, data in events if name == "done"), None)
    except httpx2.TransportError:
        return None
