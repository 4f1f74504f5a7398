"""Somebody who talks to the site for as long as they may, as people do, and finds fault with what they see."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from itertools import count
from typing import Any
from uuid import uuid4

import httpx2

from tests.browser.people import Person
from tests.crashes.ordeal import wait_for
from tests.crashes.readers import Asked, Readers, question

THINKS = (0.5, 6.0)
"""Seconds between a reply and what comes next."""

WORDS = (4, 60)
PAUSES = (0.03, 0.05, 0.1)
PATIENCE = 45.0
"""Seconds of a reply that is over and does not end; a dead process's may take REPLY_STALE_SECONDS and 10 s."""

AGAIN = 0.3
"""Seconds until a page tries again."""

AWAY = 3.0
"""Seconds in which a reply nobody reads has ended, beyond those that the model takes."""

tags = count(1)


class Talker:
    """`faithful` is who stays in one conversation, which gets long; the others begin another now and then."""

    def __init__(self, person: Person, *, faithful: bool) -> None:
        self.person = person
        self.faithful = faithful
        self.readers = Readers(person)
        self.asked: list[Asked] = []
        self.here: list[Asked] = []
        """What was asked in the conversation that is open."""
        self.wrong: list[tuple[float, str]] = []
        """What should not have happened, and when: around a kill some of it may."""
        self.acts: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self._say, 75), (self._regenerate, 6), (self._go_on, 4), (self._look_round, 10), (self._rename, 3),
            (self._pin, 2),
        ]  # fmt: skip

    async def talk(self, over: asyncio.Event) -> None:
        """Until it is over; what has begun by then is heard to its end."""
        acts, weights = zip(*self.acts, strict=True)
        while not over.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), random.uniform(*THINKS))
                return
            try:
                await random.choices(acts, weights)[0]()
            except httpx2.TransportError as error:
                self._wrong(f"no answer: {error!r}")

    def running(self) -> Iterator[Asked]:
        """What may be cut off now."""
        for one in self.asked:
            if one.outcome is None and (one in self.here[-1:] or one.left_at > time.monotonic()):
                yield one

    def _wrong(self, what: str) -> None:
        self.wrong.append((time.monotonic(), f"{self.person.username} {what}"))

    async def _say(self) -> None:
        if not self.faithful and random.random() < 0.25:
            self.here = []
        place: dict[str, Any] = {}
        if self.here:
            last = self.here[-1]
            # Models are not told of a reply without a word: they would be asked two questions at once.
            silent = not last.shown or not last.shown[-1][1]
            place = {"conversation": last.conversation, "parent": last.parent if silent else last.reply}
        said = question(f"t{next(tags):05}", random.randint(*WORDS), random.choice(PAUSES),
                        more_of_it="x" * 600 * self.faithful, **place)  # fmt: skip
        # For when it is to go on.
        said.text += f" [[then: {said.says}]]"
        await self._asks(said)

    async def _regenerate(self) -> None:
        if self.here:
            last = self.here[-1]
            again = Asked(last.text, last.says, last.conversation, last.message, pause=last.pause, again=str(uuid4()))
            await self._asks(again)

    async def _go_on(self) -> None:
        stopped = self.here[-1] if self.here else None
        if stopped and stopped.outcome and stopped.outcome[1].get("finish") == "stopped":
            stopped.goes_on = True
            await self._follow(stopped)

    async def _asks(self, asked: Asked) -> None:
        self.asked.append(asked)
        self.here.append(asked)
        await random.choices([self._follow, self._stop, self._reload, self._leave], [70, 12, 12, 6])[0](asked)

    async def _follow(self, asked: Asked) -> None:
        await self._hear_out(asked, self.readers.ask(asked))

    async def _stop(self, asked: Asked) -> None:
        asked.ends = (*asked.ends, "stopped")
        reading = await self._some_of(asked)
        if asked.reply:
            await self._post(asked, f"replies/{asked.reply}/stop/")
        await self._hear_out(asked, reading)

    async def _reload(self, asked: Asked) -> None:
        await _cancelled(await self._some_of(asked))
        await self._opens(asked.conversation)
        await self._hear_out(asked, self._return(asked))

    async def _leave(self, asked: Asked) -> None:
        """The conversation too, for good: nobody sees how this one ends."""
        await _cancelled(await self._some_of(asked))
        # For so long it may be cut off; what was shown until now is to be safe even then.
        asked.left_at = time.monotonic() + len(asked.says.split()) * asked.pause + AWAY
        if asked.reply is None:
            await self._hear_out(asked, self._return(asked))
        self.here = []

    async def _some_of(self, asked: Asked) -> asyncio.Task[Asked]:
        """The stream, of which a part has been read once it has begun."""
        reading = asyncio.create_task(self.readers.ask(asked))
        with suppress(TimeoutError):
            await wait_for(lambda: asked.reply or reading.done(), PATIENCE)
        await asyncio.sleep(random.uniform(0, 2))
        return reading

    async def _hear_out(self, asked: Asked, reading: Awaitable[object]) -> None:
        """Until it is known how it ended, by as many streams as that takes."""
        deadline = time.monotonic() + PATIENCE
        await reading
        while asked.outcome is None and time.monotonic() < deadline + len(asked.says.split()) * asked.pause:
            if asked.refused:
                self._wrong(f"was refused with {asked.refused}: {asked.name}")
            await asyncio.sleep(AGAIN)
            await self._return(asked)
        if asked.outcome is None:
            self._wrong(f"never heard the end of {asked.name}")

    def _return(self, asked: Asked) -> Coroutine[Any, Any, Asked]:
        return self.readers.attach(asked) if asked.reply else self.readers.ask(asked)

    async def _look_round(self) -> None:
        """At the sidebar, at what is new elsewhere, for an old word, and into an old conversation."""
        await self._get("/c/")
        await self._get("/c/changes/")
        if self.asked:
            old = random.choice(self.asked)
            await self._get(f"/search/?part=results&q={old.text.split()[1]}")
            await self._opens(old.conversation)

    async def _rename(self) -> None:
        if self.here and self.here[0].reply:
            await self._post(self.here[0], "rename/", title=f"Talk {next(tags)}")

    async def _pin(self) -> None:
        if self.here and self.here[0].reply:
            await self._post(self.here[0], "pin/", on=random.choice(["true", "false"]))

    async def _opens(self, conversation: str) -> None:
        await self._get(f"/c/{conversation}/")

    async def _get(self, url: str) -> None:
        answer = await self.readers.http.get(url)
        if answer.status_code != 200:
            self._wrong(f"got {answer.status_code} from {url}")

    async def _post(self, asked: Asked, act: str, **body: object) -> None:
        url = f"/c/{asked.conversation}/{act}"
        answer = await self.readers.http.post(url, json=body, headers=self.readers.headers)
        if answer.status_code != 204:
            self._wrong(f"got {answer.status_code} from {url}: {answer.text[:200]}")


async def _cancelled(task: asyncio.Task[Asked]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
