"""A site that is killed again and again while people talk to it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.conversations.pages import Page
from tests.crashes import promises
from tests.crashes.lateness import Lateness
from tests.crashes.orders import Order
from tests.crashes.promises import Broken, Store
from tests.crashes.readers import Asked, Readers, all_of, question
from tests.crashes.rows import Rows
from tests.plugin import ROOT
from tests.site import Site, Visitor

A_SECOND = 1.0
STALE = 2
DEADLINE = STALE + 10.0
"""Seconds after a restart by which no reply looks as if it were being written."""

REPLIES = 20
WORDS, PAUSE = 35, 0.1
PART_BYTES = 4096


@dataclass
class Death:
    how: str
    at: float
    asked: list[Asked]
    """In the moments before; some of them may have been answered by a worker that lives on."""


class Ordeal:
    """`folder` is for its data and for the orders to its workers."""

    def __init__(
        self, folder: Path, model_url: str, *, workers: int = 1, database_url: str = "", replies: int = REPLIES
    ) -> None:
        self.folder = folder
        self.replies = replies
        self.worker_count = workers
        self.orders = folder / "orders"
        self.orders.mkdir(parents=True)
        self.site = Site(
            folder,
            CRASH_FOLDER=str(self.orders),
            CRASH_POINTS="yes",
            GUNICORN_CMD_ARGS=f"-c {ROOT / 'tests/crashes/gunicorn_conf.py'} --log-level critical",
            LLM_BASE_URL=model_url,
            LLM_MODELS="test-model",
            WEB_CONCURRENCY=str(workers),
            DATABASE_URL=database_url,
            REPLIES_AT_ONCE="1000",
            REPLY_STALE_SECONDS=str(STALE),
            TRANSCRIPT_PART_BYTES=str(PART_BYTES),
        )
        self.rows = Rows(self.site)
        self.deaths: list[Death] = []
        self.asked: list[Asked] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self.unmet: list[Order] = []
        self.tags = count(1)
        self.lateness = Lateness(self.orders)
        self.risen_at = 0.0
        self.slowest = 0.0
        """Seconds from the last crash until no reply was being written any more."""

    async def __aenter__(self) -> Ordeal:
        await asyncio.to_thread(self.site.start)
        self.readers = Readers(await asyncio.to_thread(Visitor, self.site.url))
        self.measuring = asyncio.create_task(self.lateness.measure())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in (self.measuring, *self.tasks):
            task.cancel()
        await self.readers.close()
        await asyncio.to_thread(self.site.stop)

    def question(self, words: int, pause: float, **more: Any) -> Asked:
        return question(f"t{next(self.tags):04}", words, pause, **more)

    def begin(self, asked: Asked) -> Asked:
        self.asked.append(asked)
        self.tasks.append(asyncio.create_task(self.readers.ask(asked)))
        return asked

    def points(self) -> set[str]:
        """`before X` and `after X` for all that has been met since the beginning."""
        lines = (self.orders / "points").read_text().splitlines()
        return {line.split(" ", 2)[2] for line in lines}

    def crowd(self) -> list[Asked]:
        """Replies that run for some seconds; every fourth is a short one, so that some are about to end."""
        lengths = (WORDS if number % 4 else 2 + number for number in range(self.replies))
        return [self.begin(self.question(words, PAUSE)) for words in lengths]

    async def old(self) -> Asked:
        """A turn that has ended: what comes after it is said in its conversation."""
        return await self._ended(lambda: self.question(3, 0, more_of_it="x" * 600))

    async def cut(self) -> Asked:
        """A reply in which the model broke off after two words, and that is whole when it goes on."""

        def broken_off() -> Asked:
            asked = self.question(6, 0)
            beginning = " ".join(asked.says.split()[:2])
            asked.text = asked.text.replace("say:", "then:") + f" [[die 2]] [[say: {beginning}]]"
            asked.ends = ("stop", "failed", "interrupted")
            return asked

        return await self._ended(broken_off)

    async def _ended(self, make: Callable[[], Asked]) -> Asked:
        for _ in range(9):
            asked = self.begin(make())
            await self.tasks[-1]
            if asked.outcome:
                return asked
        raise AssertionError("not even a short turn has ended")

    async def all_kinds(self) -> Callable[[], list[Asked]]:
        """Begins one of everything that is done for a reply, when it is called."""
        old, cut = await asyncio.gather(self.old(), self.cut())

        def begin() -> list[Asked]:
            place = {"conversation": old.conversation, "parent": old.reply}
            new = self.question(5, 0)
            # The first outgrows its object with the question, the other with the reply.
            long_question = self.question(5, 0, more_of_it="x" * PART_BYTES, **place)
            long_reply = self.question(PART_BYTES // 25, 0, **place)
            again = Asked(old.text, old.says, old.conversation, old.message, again=str(uuid4()))
            cut.goes_on = True
            self.asked.remove(cut)
            running = next((asked for asked in self.asked[::-1] if asked.reply and not asked.left_at), old)
            self.tasks.append(asyncio.create_task(self.readers.look(running)))
            return [self.begin(asked) for asked in (new, long_question, long_reply, again, cut)]

        return begin

    async def die_at(self, order: Order, patience: float = 6.0) -> None:
        """A process, or all, at a point; for the sweep's points, what died before is reason enough to sweep."""
        mine: list[Asked] = []
        if order.sweeping:
            await self.die_in(PAUSE, everything=False, answering=True)
        else:
            mine = self.crowd()
            turns = await self.all_kinds()
            await wait_for(lambda: all(asked.reply or asked.left_at for asked in mine), 20)
        order.give(self.orders / "order")
        mine += [] if order.sweeping else turns()
        taken = self.orders / "taken"
        with suppress(TimeoutError):
            await wait_for(taken.exists, patience)
        try:
            (self.orders / "order").unlink()
        except FileNotFoundError:
            # Somebody has it, and may be about to die.
            await wait_for(taken.exists, patience)
        else:
            self.unmet.append(order)
            return
        self._died(str(order), float(taken.read_text()), mine)
        taken.unlink()
        await self._rise(everything=order.everything)

    async def die_in(self, seconds: float, *, everything: bool, answering: bool = False) -> None:
        """A worker, or all processes, so many seconds after the questions were asked, or after all have a reply."""
        mine = self.crowd()
        if answering:
            await wait_for(lambda: all(asked.reply or asked.left_at for asked in mine), 20)
        await asyncio.sleep(seconds)
        assert self.site.process
        at = time.monotonic()
        if everything:
            self.site.kill()
        else:
            os.kill(self.workers()[0], signal.SIGKILL)
        what = "all processes" if everything else "a worker"
        self._died(f"{what} after {seconds:.2f} s", at, mine)
        await self._rise(everything=everything)

    def workers(self) -> list[int]:
        assert self.site.process
        master = self.site.process.pid
        return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]

    def _died(self, how: str, at: float, asked: list[Asked]) -> None:
        self.deaths.append(Death(how, at, asked))
        for one in asked:
            one.crash = how

    async def _rise(self, *, everything: bool) -> None:
        """gunicorn puts a new worker in the place of a dead one by itself."""
        if everything:
            if self.site.process:
                await asyncio.to_thread(self.site.process.wait, 10)
                self.site.process = None
            await asyncio.to_thread(self.site.start)
        self.risen_at = time.monotonic()

    async def settle(self) -> list[Broken]:
        """Waits for what is promised some seconds after a crash, and finds what is not as promised."""
        found: list[Broken] = []
        if not await all_of(self.tasks, DEADLINE + WORDS * PAUSE):
            running = [asked.name for asked in self.asked if not asked.left_at]
            found += [Broken("stuck", name, "has a stream that never ended") for name in running]
        self.tasks.clear()
        with suppress(TimeoutError):
            await wait_for(lambda: not self.rows.running() or time.monotonic() > self.deadline, 60, pause=0.2)
        found += [Broken("stuck", reply, "still seems to be written") for reply in self.rows.running()]
        self.slowest = time.monotonic() - self.risen_at
        await self._send_again()
        with suppress(TimeoutError):
            await wait_for(lambda: not self.rows.running(), DEADLINE, pause=0.2)
        found += [broken async for broken in self._pages()]
        self.store = Store(self.folder / "store")
        # A title may be in the store and not yet in the row: whoever opens the conversation sees to that.
        called = {conversation: title for conversation, (title, *_) in self.rows.conversations().items()}
        for conversation, kept in self.store.kept.items():
            if called.get(conversation) != kept.document["title"]:
                await self.readers.page(conversation)
        # By then what is shown must be safe.
        safe = {death.at: death.at - A_SECOND - self.lateness.before(death.at, 2) for death in self.deaths}
        return found + promises.broken(self.asked, safe, self.store, self.rows)

    @property
    def deadline(self) -> float:
        return self.risen_at + DEADLINE + self.lateness.since(self.risen_at)

    async def _send_again(self) -> None:
        """As pages do that got no answer."""
        # One after the other those of one conversation: a question is not answered twice at the same time.
        lost: dict[str, list[Asked]] = {}
        for asked in self.asked:
            if asked.reply is None:
                lost.setdefault(asked.conversation, []).append(asked)
        await asyncio.gather(*(self._in_turn(several) for several in lost.values()))

    async def _in_turn(self, several: list[Asked]) -> None:
        for asked in several:
            await self.readers.ask(asked)

    async def _pages(self) -> AsyncIterator[Broken]:
        """Of some conversations: the reply is there, and nothing turns."""
        for asked in [asked for asked in self.deaths[-1].asked if asked.reply][:3]:
            page = Page(await self.readers.page(asked.conversation))
            if asked.reply not in page.ids:
                yield Broken("lost", asked.name, "does not show its reply in the page")
            elif page.refreshes or not page.reply(asked.reply).get("data-finish"):
                yield Broken("stuck", asked.name, "shows a reply that seems to be written in the page")


async def wait_for(condition: Callable[[], object], seconds: float, pause: float = 0.02) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(pause)
