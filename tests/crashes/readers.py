"""Questions, and what those who asked them have seen of the replies."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from tests.site import Visitor


@dataclass(eq=False)
class Asked:
    """One question. `says` is what the model answers, one word every `pause` seconds."""

    text: str
    says: str
    conversation: str = field(default_factory=lambda: str(uuid4()))
    message: str = field(default_factory=lambda: str(uuid4()))
    parent: str | None = None
    pause: float = 0.0
    again: str | None = None
    """The id of another reply to a question that is there; None for a new question."""
    goes_on: bool = False
    """From now on: to have its reply, which was cut off, written on."""
    ends: tuple[str, ...] = ("stop", "interrupted")
    reply: str | None = None
    """Known since `started`."""
    refused: int | None = None
    """The status of a refusal, which promises nothing."""
    shown: list[tuple[float, int]] = field(default_factory=list)
    """When how many characters of the reply had been received."""
    outcome: tuple[str, dict[str, Any]] | None = None
    crash: str = ""
    asked_at: float = float("inf")
    left_at: float = 0.0
    """When the stream ended, or its process died."""
    returned: bool = False
    """Whether its reader has come back to it after the first stream was gone."""

    @property
    def name(self) -> str:
        """For people, with the crash that it was in."""
        which = "another reply to " if self.again else ""
        return f"{which}{self.text.split(maxsplit=2)[1]} ({self.crash or 'no crash'})"

    def shown_by(self, moment: float, unsafe: Iterable[tuple[float, float]] = ()) -> int:
        """How many characters were received until a moment, but for those that came in a time when nothing was safe."""
        return max(
            (chars for at, chars in self.shown if at <= moment and not any(begin < at <= end for begin, end in unsafe)),
            default=0,
        )


def question(tag: str, words: int, pause: float, *, more_of_it: str = "", **more: Any) -> Asked:
    """The tag is in every word of the answer: no reply can be taken for another's."""
    says = " ".join(f"{tag}-word{number}" for number in range(words))
    return Asked(f"Question {tag} {more_of_it} [[slow {pause}]] [[say: {says}]]", says, pause=pause, **more)


class Readers:
    """All tabs of one visitor."""

    def __init__(self, visitor: Visitor) -> None:
        self.headers = visitor.headers
        self.http = httpx2.AsyncClient(
            base_url=visitor.http.base_url,
            cookies=dict(visitor.http.cookies),
            timeout=httpx2.Timeout(40),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
            trust_env=False,
        )

    async def ask(self, asked: Asked) -> Asked:
        """Asks, or asks again after a lost answer, and reads until the reply ends or the connection does."""
        url, body = f"/c/{asked.conversation}/", dict[str, str | None]()
        if asked.goes_on:
            url += f"replies/{asked.reply}/continue/"
        elif asked.again:
            url, body = f"{url}messages/{asked.message}/replies/", {"reply": asked.again}
        else:
            url, body = f"{url}messages/", {"message": asked.message, "parent": asked.parent, "text": asked.text}
        asked.outcome = None
        await self._read(url, body, asked)
        return asked

    async def attach(self, asked: Asked) -> Asked:
        """Comes back, as a page does whose stream broke off."""
        asked.returned, asked.outcome = True, None
        await self._read(f"/c/{asked.conversation}/replies/{asked.reply}/", None, asked)
        return asked

    async def _read(self, url: str, body: dict[str, str | None] | None, asked: Asked) -> None:
        asked.asked_at = min(asked.asked_at, time.monotonic())
        name, method = "", "GET" if body is None else "POST"
        headers = {**self.headers, "Accept": "text/event-stream"}
        # Where its process dies, what was received is what was received.
        with suppress(httpx2.TransportError):
            async with self.http.stream(method, url, json=body, headers=headers) as response:
                asked.refused = response.status_code if response.status_code != 200 else None
                if asked.refused is None:
                    async for line in response.aiter_lines():
                        if line.startswith("event: "):
                            name = line.removeprefix("event: ")
                        elif line.startswith("data: "):
                            _heard(asked, name, json.loads(line.removeprefix("data: ")))
        asked.left_at = time.monotonic()

    async def look(self, asked: Asked) -> None:
        """As somebody does who comes later: opens the page and attaches to the reply."""
        with suppress(httpx2.TransportError):
            await self.page(asked.conversation)
            await self.http.get(f"/c/{asked.conversation}/replies/{asked.reply}/")

    async def page(self, conversation: str) -> str:
        answer = await self.http.get(f"/c/{conversation}/")
        assert answer.status_code == 200, answer.text[:2000]
        return answer.text

    async def close(self) -> None:
        await self.http.aclose()


def _heard(asked: Asked, name: str, data: dict[str, Any]) -> None:
    if name == "started":
        asked.reply = data["reply"]
    elif name in {"block", "snapshot"}:
        asked.shown.append((time.monotonic(), data["chars"]))
    elif name in {"done", "failed"}:
        asked.outcome = name, data


async def all_of(tasks: list[asyncio.Task[Any]], seconds: float) -> bool:
    """Whether they all ended in time."""
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)
    return all(task.done() for task in tasks)
