"""Replies that run in this process, and the pages that watch them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any, Literal, NamedTuple
from uuid import UUID

from conversations.events import Event
from conversations.message import Message
from conversations.render import BlockRenderer

SILENCE = 10.0
"""Seconds after which a watcher is told that there is nothing new."""

RENDER_INTERVAL = 1 / 8
"""Seconds between two renderings of the block still being written, while the process is in time."""

LONGEST_INTERVAL = 1.0
LATE = 0.03
"""Seconds after its time at which a rendering begins in a process that has too much to do."""

RENDER_SHARE = 10
"""A rendering that took t seconds is followed by a pause of this many t: one huge table must not eat a core."""

replies: dict[UUID, LiveReply] = {}


class Pace:
    """How often replies are drawn. A process that comes late with it draws all of them less often, until it is in time
    again: what somebody new waits for is more urgent than each word of the others by itself."""

    def __init__(self) -> None:
        self.interval = RENDER_INTERVAL

    def drawn(self, lateness: float) -> None:
        """Found by trying: from 8 to 2 a second within one second of 100 replies, and back in four."""
        self.interval *= 1.02 if lateness > LATE else 0.995
        self.interval = min(max(self.interval, RENDER_INTERVAL), LONGEST_INTERVAL)


pace = Pace()


class Unsaved(NamedTuple):
    number: int
    text: str
    reasoning: str


class LiveReply:
    """What a reply has said so far. Watchers read this state at their own pace; nothing is queued for them.

    Belongs to one event loop. `text` may be ahead of what has been shown. `before` is the message that is being
    continued: its words are shown from the beginning and are in the store already.
    """

    def __init__(self, reply: UUID, conversation: UUID, question_text: str = "", before: Message | None = None) -> None:
        self.id = reply
        self.conversation = conversation
        self.question_text = question_text
        self.started: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self.before = before
        self.reasoning = before.reasoning if before else ""
        self.length = 0
        self.talking = True
        self.waiting: dict[str, Any] | None = None
        self.cut: Literal["stopped", "interrupted"] | None = None
        self._saved_text = len(before.text) if before else 0
        self._saved_reasoning = len(self.reasoning)
        self._saved_pieces = 0
        self._renderer = BlockRenderer(prefix=reply.hex)
        self._version = 0
        self._versions: list[int] = []
        self._outcome: Event | None = None
        self._title: Event | None = None
        self.closed = asyncio.Event()
        self._rings = 0
        self._listeners: list[asyncio.Future[bool]] = []
        self._next_render = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.talk: asyncio.Task[None] | None = None
        if before and before.text:
            self.length = len(before.text)
            self._renderer.feed(before.text)
            self._render()

    @property
    def ended(self) -> bool:
        return self._outcome is not None

    @property
    def outcome(self) -> Event | None:
        return self._outcome

    @property
    def is_queued(self) -> bool:
        return bool(self.waiting and self.waiting["what"] == "queued")

    @property
    def text(self) -> str:
        return self._renderer.text

    @property
    def shown_text(self) -> str:
        return self.text[: self._renderer.shown]

    @property
    def unsaved(self) -> Unsaved | None:
        """The piece that is not in the database yet; None when there is nothing to save."""
        text, reasoning = self.text[self._saved_text :], self.reasoning[self._saved_reasoning :]
        return Unsaved(self._saved_pieces, text, reasoning) if text or reasoning else None

    def mark_saved(self, piece: Unsaved) -> None:
        self._saved_text += len(piece.text)
        self._saved_reasoning += len(piece.reasoning)
        self._saved_pieces += 1

    def wait(self, why: dict[str, Any]) -> None:
        """Nothing has come yet, and this is why: `what` and the numbers that belong to it."""
        self.waiting = {key: value for key, value in why.items() if value is not None}
        self._ring()

    def add(self, text: str, reasoning: str) -> None:
        if text or reasoning:
            self.waiting = None
        self.reasoning += reasoning
        if text:
            self.length += len(text)
            self._renderer.feed(text)
            if self._timer is None:
                loop = asyncio.get_running_loop()
                if time.monotonic() >= self._next_render:
                    self._render()
                else:
                    self._timer = loop.call_later(self._next_render - time.monotonic(), self._render)
        elif reasoning:
            self._ring()

    def start(self, started: Event) -> None:
        if not self.started.done():
            self.started.set_result(started)

    def said_since(self, before: Message | None) -> tuple[str, str]:
        """What is kept of the text and of the reasoning, without the words of the message that is continued."""
        text = self.shown_text if self.cut else self.text
        if before is None:
            return text, self.reasoning
        return text[len(before.text) :], self.reasoning[len(before.reasoning) :]

    def stop(self, cut: Literal["stopped", "interrupted"] = "stopped") -> None:
        """Ends the talking; what was shown is kept. Harmless when it has ended already."""
        if self.talk and not self.talk.done():
            self.cut = self.cut or cut
            self.talk.cancel()
            # What has been shown by now is what is kept.
            self._cancel_timer()

    def abandon(self, why: BaseException) -> None:
        """The question could not be saved: nobody will ever have asked. Who waits for it hears why."""
        self.stop()
        if not self.started.done():
            self.started.set_exception(why)
            self.started.exception()  # heard here, since maybe nobody waits
        self.close()

    def end(self, outcome: Event) -> None:
        """How it ended. What is still to be shown is shown before, unless the reader has stopped it there."""
        while not self.cut and self._renderer.shown < self.length:
            self._render()
        self._cancel_timer()
        self._outcome = outcome
        self._ring()

    def entitle(self, title: Event) -> None:
        self._title = title
        self._ring()

    def close(self) -> None:
        """No more events will come; who attaches now reads the transcript."""
        self._cancel_timer()
        self.closed.set()
        # Another may have begun to continue it meanwhile.
        if replies.get(self.id) is self:
            del replies[self.id]
        self._ring()

    def snapshot(self) -> Event:
        blocks = self._renderer.blocks
        return Event("snapshot", {"html": "".join(blocks), "chars": self._renderer.shown, "blocks": len(blocks)})

    async def watch(self, *, attached: bool) -> AsyncIterator[Event | None]:
        """Events as they come, None after SILENCE seconds without one; a snapshot first for who attaches."""
        seen, reasoning, title, outcome = 0, 0, False, False
        waiting: dict[str, Any] | None = None
        if attached:
            seen = self._version
            yield self.snapshot()
        while True:
            # As it is before the first event of this round: what comes while one is being sent is told in the next.
            heard, ended, closed = self._rings, self._outcome, self.closed.is_set()
            if self.waiting and self.waiting != waiting:
                waiting = self.waiting
                yield Event("waiting", waiting)
            if reasoning < len(self.reasoning):
                news, reasoning = self.reasoning[reasoning:], len(self.reasoning)
                yield Event("reasoning", {"text": news})
            for event, version in self._blocks_since(seen):
                yield event
                seen = max(seen, version)
            if self._title and not title:
                title = True
                yield self._title
            if ended and not outcome:
                outcome = True
                yield ended
            if closed:
                return
            if not await self._rung_since(heard):
                yield None

    def _blocks_since(self, seen: int) -> Iterator[tuple[Event, int]]:
        chars = self._renderer.shown
        changed = [n for n, version in enumerate(self._versions) if version > seen]
        version = self._version
        for n in changed:
            yield Event("block", {"n": n, "html": self._renderer.blocks[n], "chars": chars}), version

    def _render(self) -> None:
        began = time.monotonic()
        if self._timer:
            pace.drawn(began - self._next_render)
        self._cancel_timer()
        changed = self._renderer.render()
        self._version += 1
        self._versions.extend([0] * (len(self._renderer.blocks) - len(self._versions)))
        for n in changed:
            self._versions[n] = self._version
        now = time.monotonic()
        pause = max(pace.interval, RENDER_SHARE * (now - began))
        self._next_render = now + pause
        if self._renderer.shown < self.length:
            self._timer = asyncio.get_running_loop().call_later(pause, self._render)
        self._ring()

    def _cancel_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._rings += 1
        for listener in self._listeners:
            _settle(listener, news=True)
        self._listeners.clear()

    async def _rung_since(self, heard: int) -> bool:
        """False after SILENCE seconds without news. Costs no task, as wait_for would for each watcher and ring."""
        if self._rings > heard:
            return True
        loop = asyncio.get_running_loop()
        news: asyncio.Future[bool] = loop.create_future()
        self._listeners.append(news)
        timer = loop.call_later(SILENCE, partial(_settle, news, news=False))
        try:
            return await news
        finally:
            timer.cancel()
            if news in self._listeners:
                self._listeners.remove(news)


def _settle(listener: asyncio.Future[bool], *, news: bool) -> None:
    if not listener.done():
        listener.set_result(news)


draining = False
"""Set when this process is about to end: it begins no more replies."""


async def drain(grace: float) -> None:
    """Lets replies end by themselves for `grace` seconds, then saves the rest as interrupted."""
    global draining  # noqa: PLW0603
    draining = True
    await _all_closed(grace)
    for reply in list(replies.values()):
        reply.stop("interrupted")
    await _all_closed(None)


async def _all_closed(timeout: float | None) -> None:  # noqa: ASYNC109
    waits = [asyncio.create_task(reply.closed.wait()) for reply in replies.values()]
    if waits:
        await asyncio.wait(waits, timeout=timeout)
