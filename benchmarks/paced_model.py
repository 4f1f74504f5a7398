"""A model server that talks at a given pace and costs next to nothing, and knows when each question and word passed.

It runs in the benchmark's own process, so that its clock is the client's.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import dataclass, field

TEXT = """## How a reply travels

A *reply* comes word by word, so that **somebody** can begin to read at once. What matters:

- the first word is early
- nothing blocks the event loop, not even `json.loads` of something large
- what has been said is safe within a second

1. ask the model
2. pass on what it says
3. save what it has said

| step | ms | note |
|---|---:|---|
| connect | 0.4 | kept open |
| first word | 200 | the model's time |
| every other | 33 | at thirty a second |

```python
async def follow(reply, send):
    async for event in reply.watch():
        await send(event.encode())
```

> Measure before you mend. See [the documentation](https://example.org/a?b=c).

Formulas such as $a^2 + b^2 = c^2$ come along, and words such as déjà vu, naïve, 東京 and 🙂.

"""
WORDS = re.findall(r"\s*\S{1,6}|\s+$", TEXT)
PIECES = [
    b'data: {"object":"chat.completion.chunk","model":"paced","choices":[{"index":0,"delta":{"content":%s}}]}\n\n'
    % json.dumps(word).encode()
    for word in WORDS
]
ASKED = re.compile(rb"\[\[paced id=(\S+) first=(\S+) every=(\S+) words=(\d+)\]\]")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = (
    b'data: {"object":"chat.completion.chunk","model":"paced",'
    b'"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)
MODELS = b'{"object":"list","data":[{"id":"paced","object":"model"}]}'
AT_ONCE = 32


def question(name: str, *, first: float, every: float, words: int) -> str:
    """Asks for so many words, one `every` so many seconds after the `first`; 0 is as fast as they are taken."""
    return f"Tell me how a reply travels. [[paced id={name} first={first} every={every} words={words}]]"


def characters(words: int) -> int:
    return sum(len(WORDS[n % len(WORDS)]) for n in range(words))


@dataclass
class Asked:
    at: float
    said: list[float] = field(default_factory=list)
    """When the first word left, and the last."""


class PacedModel:
    def __init__(self) -> None:
        self.asked: dict[str, Asked] = {}
        self.open = 0
        self.most_open = 0
        self.url = ""
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> PacedModel:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=2048)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server:
            self._server.close()


class _Connection(asyncio.Protocol):
    def __init__(self, model: PacedModel) -> None:
        self.model = model
        self.received = b""
        self.timer: asyncio.TimerHandle | None = None
        self.talking = False
        self.room = True
        self.stalled = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self.timer:
            self.timer.cancel()
        self._end()

    def pause_writing(self) -> None:
        self.room = False

    def resume_writing(self) -> None:
        self.room = True
        if self.stalled:
            self.stalled = False
            self._say()

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if not found or len(body) < int(length[1] if length else 0):
            return
        self.received = b""
        if head.startswith(b"GET"):
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(MODELS), MODELS)
            )
        elif wanted := ASKED.findall(body):
            name, first, every, words = wanted[-1]
            self._talk(name.decode(), float(first), float(every), int(words))
        else:
            self.transport.close()

    def _talk(self, name: str, first: float, every: float, words: int) -> None:
        self.asked = self.model.asked[name] = Asked(time.monotonic())
        self.words, self.every, self.number = words, every, 0
        self.talking = True
        self.model.open += 1
        self.model.most_open = max(self.model.open, self.model.most_open)
        self.transport.write(HEAD)
        self.due = asyncio.get_running_loop().time() + first
        self._later()

    def _later(self) -> None:
        self.timer = asyncio.get_running_loop().call_at(self.due, self._say)

    def _say(self) -> None:
        if not self.room:
            self.stalled = True
            return
        last = min(self.number + (1 if self.every else AT_ONCE), self.words)
        self.transport.write(b"".join(_framed(PIECES[n % len(PIECES)]) for n in range(self.number, last)))
        self.number = last
        self.asked.said[1:] = [time.monotonic()]
        if self.number == self.words:
            self.transport.write(_framed(END) + b"0\r\n\r\n")
            self._end()
            return
        self.due += self.every
        self._later()

    def _end(self) -> None:
        if self.talking:
            self.talking = False
            self.model.open -= 1


def _framed(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece)
