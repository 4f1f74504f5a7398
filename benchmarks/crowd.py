"""Many people who each ask something at the same time, as their pages do, and what they see of it."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from benchmarks import paced_model
from benchmarks.paced_model import PacedModel
from tests.browser.people import NEWCOMERS, in_site
from tests.site import PASSWORD, Site

TOKEN = "t" * 32
SHOWN = re.compile(rb'"chars":(\d+)')
HURRY = 3
"""How much longer than the model a reply may take before it is given up, with a minute on top."""


def people(site: Site, count: int) -> list[str]:
    """The sessions of so many who are signed in."""
    sessions: list[str] = []
    while len(sessions) < count:
        names = [f"one-{uuid.uuid4().hex}" for _ in range(min(500, count - len(sessions)))]
        sessions += in_site(site, NEWCOMERS.format(names=names, password=PASSWORD))
    return sessions


@dataclass(frozen=True)
class Load:
    """How many ask, how many of them in a second, and how the model answers."""

    streams: int
    words: int
    pace: float  # words a second; 0: as fast as they are taken
    first: float = 0.2  # seconds
    starts: float = 40.0  # a second
    again: int = 1  # how often each of them asks


@dataclass
class Seen:
    """What one page saw of one reply."""

    name: str
    sent: float = 0.0
    first: float = 0.0
    last: float = 0.0
    shown: int = 0
    places: set[int] = field(default_factory=set)
    wrong: str = ""
    done: bool = False


@dataclass
class Outcome:
    load: Load
    seen: list[Seen]
    added: list[float]
    """Seconds that the site added to the time until the first word, sorted."""
    words_a_second: float

    @property
    def failed(self) -> list[str]:
        return [one.wrong for one in self.seen if one.wrong]

    @property
    def words(self) -> int:
        whole = paced_model.characters(self.load.words)
        return sum(round(self.load.words * one.shown / whole) for one in self.seen)

    def added_ms(self, share: float) -> float:
        return 1000 * self.added[min(len(self.added) - 1, int(share * len(self.added)))] if self.added else 0.0


async def ask_all(site: Site, model: PacedModel, sessions: Sequence[str], load: Load) -> Outcome:
    began = time.monotonic()
    asking = [
        asyncio.create_task(_one(site.url, sessions[n % len(sessions)], load, began + n / load.starts))
        for n in range(load.streams)
    ]
    seen = [one for several in await asyncio.gather(*asking) for one in several]
    added = sorted(
        (one.first - one.sent) - (asked.said[0] - asked.at)
        for one in seen
        if one.first and (asked := model.asked.get(one.name)) and asked.said
    )
    firsts = [model.asked[one.name].said[0] for one in seen if one.name in model.asked and model.asked[one.name].said]
    outcome = Outcome(load, seen, added, 0.0)
    if firsts:
        outcome.words_a_second = outcome.words / max(max(one.last for one in seen) - min(firsts), 0.001)
    return outcome


async def _one(url: str, session: str, load: Load, at: float) -> list[Seen]:
    await asyncio.sleep(max(0.0, at - time.monotonic()))
    several: list[Seen] = []
    conversation, parent = uuid.uuid4(), None
    loop = asyncio.get_running_loop()
    for _ in range(load.again):
        one = Seen(uuid.uuid4().hex)
        several.append(one)
        takes = load.first + (load.words / load.pace if load.pace else 0)
        every = 1 / load.pace if load.pace else 0
        text = paced_model.question(one.name, first=load.first, every=every, words=load.words)
        body = json.dumps({"message": str(uuid.uuid4()), "parent": parent, "text": text}).encode()
        reading = _Reading(one, _request(url, session, f"/c/{conversation}/messages/", body))
        where = urlsplit(url)
        assert where.hostname
        assert where.port
        try:
            async with asyncio.timeout(HURRY * takes + 60):
                transport, _ = await loop.create_connection(partial(_same, reading), where.hostname, where.port)
                await reading.ended.wait()
                transport.close()
        except (OSError, TimeoutError) as error:
            one.wrong = type(error).__name__
        if not one.done and not one.wrong:
            one.wrong = "the stream ended early"
        parent = reading.reply
        if one.wrong:
            break
    return several


def _same(reading: _Reading) -> _Reading:
    return reading


def _request(url: str, session: str, path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nOrigin: {url}\r\nReferer: {url}/\r\n"
        f"Cookie: sessionid={session}; csrftoken={TOKEN}\r\nX-CSRFToken: {TOKEN}\r\n"
        f"Content-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Reading(asyncio.Protocol):
    """Reads the events of one reply, as few bytes of them as it can: the machine is the site's."""

    def __init__(self, seen: Seen, request: bytes) -> None:
        self.seen = seen
        self.request = request
        self.rest = b""
        self.reply: str | None = None
        self.begun = False
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.seen.sent = time.monotonic()
        transport.write(self.request)

    def connection_lost(self, error: Exception | None) -> None:
        self.ended.set()

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        if not self.begun:
            self.begun = True
            if b" 200 " not in data[:20]:
                self.seen.wrong = data[:300].decode(errors="replace")
                self.ended.set()
                return
        *events, self.rest = (self.rest + data).split(b"\n\n")
        for event in events:
            self._hear(event, now)

    def _hear(self, event: bytes, now: float) -> None:
        if b"event: block\n" in event:
            shown = max(map(int, SHOWN.findall(event)), default=0)
            if shown > self.seen.shown:
                self.seen.first = self.seen.first or now
                self.seen.shown, self.seen.last = shown, now
        elif b"event: started\n" in event:
            self.reply = json.loads(event[event.index(b"{") :])["reply"]
        elif b"event: waiting\n" in event and (place := re.search(rb'"place":(\d+)', event)):
            self.seen.places.add(int(place[1]))
        elif b"event: failed\n" in event:
            self.seen.wrong = event[-200:].decode(errors="replace")
        elif b"event: done\n" in event:
            self.seen.done = True
            self.ended.set()
