"""The oldest messages of a long conversation, in immutable objects beside its own: read, found, moved there."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from threading import Lock

from conversations.document import Object, Unreadable, dumps_with, loads, several, stamp
from conversations.facets import Part
from conversations.message import Message
from conversations.store import Conflict, Store
from conversations.transcript import SCHEMA, Transcript

STAY = 2
"""The newest messages, which never move: a question and its reply."""

CACHED_BYTES = 2 * 2**20
"""As they are in the store: about four of the usual size. In memory they take about three times as much."""


class Parts:
    """Parts never change, so that what has been read of them is kept, the latest used, up to CACHED_BYTES."""

    def __init__(self, store: Store, cached_bytes: int = CACHED_BYTES) -> None:
        self.store = store
        self.cached_bytes = cached_bytes
        self._cached: OrderedDict[str, tuple[int, Mapping[str, Message]]] = OrderedDict()
        self._lock = Lock()

    def read(self, transcript: Transcript, part: Part) -> Mapping[str, Message] | None:
        """Its messages as they were when they moved there; None when it is not there."""
        key = beside(transcript, part)
        with self._lock:
            if key in self._cached:
                self._cached.move_to_end(key)
                return self._cached[key][1]
        stored = self.store.get(key)
        if stored is None:
            return None
        messages = messages_in(stored.data, part.key)
        self._keep(key, len(stored.data), messages)
        return messages

    def holding(self, transcript: Transcript, message_id: str) -> tuple[Part, Mapping[str, Message]] | None:
        """The part that a message lies in and all that is in it; newer parts are looked at first."""
        likely = [part for part in transcript.parts if part.may_hold(message_id)]
        for part in sorted(likely, key=lambda part: (message_id in part.hinges, part.place), reverse=True):
            messages = self.read(transcript, part)
            if messages and message_id in messages:
                return part, messages
        return None

    def hinged(self, transcript: Transcript) -> Transcript:
        """With a hinge for whatever is named from outside its part."""
        named = {message.parent for message in transcript.messages.values()} | {transcript.current}
        parts = {part.key: part for part in transcript.parts}
        for message_id in named:
            if message_id and not transcript.knows(message_id) and (held := self.holding(transcript, message_id)):
                parts[held[0].key] = parts[held[0].key].with_hinge(message_id)
        return replace(transcript, parts=list(parts.values()))

    def move(self, transcript: Transcript, messages: list[Message]) -> Transcript:
        """Puts the messages into a new part and takes them out of the transcript."""
        moved = {message.id for message in messages}
        stay = {key: message for key, message in transcript.messages.items() if key not in moved}
        named = {message.parent for message in stay.values()} | {transcript.current}
        # With the time in it, a part that somebody left behind is never written again, and so can safely be swept.
        now = stamp(datetime.now(UTC))
        raw: Object = {"schema": SCHEMA, "written_at": now, "messages": []}
        data = dumps_with(raw, "messages", (message.written for message in messages))
        part = Part(
            "",
            count=len(messages),
            bytes=len(data),
            hinges=sorted(moved & named),
            endings=Part.endings_of(moved),
            roots={message.id: message.parent for message in messages if message.parent not in moved},
        )
        return replace(transcript, messages=stay, parts=[*transcript.parts, self._write(transcript, part, data)])

    def children(self, transcript: Transcript, parent: str | None) -> list[str]:
        """The ids of those that answer a message and lie in parts, the oldest part first.

        Of a parent in a part that part is read; what begins in other parts is known without opening them.
        """
        held = self.holding(transcript, parent) if parent and parent not in transcript.messages else None
        found: list[str] = []
        for part in sorted(transcript.parts, key=lambda part: part.place):
            if held and held[0].key == part.key:
                found += [message.id for message in held[1].values() if message.parent == parent]
            found += [child for child, of in part.roots.items() if of == parent]
        return found

    def forget(self, prefix: str) -> None:
        with self._lock:
            for key in [key for key in self._cached if key.startswith(prefix)]:
                del self._cached[key]

    def _write(self, transcript: Transcript, part: Part, data: bytes) -> Part:
        content = hashlib.sha256(data).hexdigest()[:16]
        for number in count(max((part.place[0] + 1 for part in transcript.parts), default=0)):
            part = replace(part, key=f"{transcript.id}/part-{number}-{content}.json")
            with suppress(Conflict):
                self.store.put(beside(transcript, part), data, None)
                break
        return part

    def _keep(self, key: str, size: int, messages: Mapping[str, Message]) -> None:
        with self._lock:
            self._cached[key] = size, messages
            total = sum(size for size, _ in self._cached.values())
            while total > self.cached_bytes:
                total -= self._cached.popitem(last=False)[1][0]


def beside(transcript: Transcript, part: Part) -> str:
    """Its key in the store."""
    if not part.key.startswith(f"{transcript.id}/"):
        raise Unreadable(f"its part {part.key} is not beside it")
    return f"users/{transcript.owner.id}/conversations/{part.key}"


def messages_in(data: bytes, name: str) -> Mapping[str, Message]:
    """What a part holds; Unreadable when that is not messages."""
    try:
        messages = several(Message.read)(loads(data).get("messages"), "messages")
    except Unreadable as error:
        raise Unreadable(f"its part {name} cannot be read: {error}") from None
    return {message.id: message for message in messages}


def overflow(transcript: Transcript, size: int, limit: int) -> list[list[Message]]:
    """The oldest messages of a transcript that has grown over its limit, as many as bring it down to half, in
    portions for parts that are not above the limit themselves.

    What else there is in the object grows a little with every part. It may take half the limit; from there on the
    messages have the other half to themselves, so that parts never become many and small.
    """
    if size <= limit:
        return []
    sizes = {message.id: size_of(message) for message in transcript.messages.values()}
    total = sum(sizes.values())
    others = size - total
    if total <= max(limit - others, limit // 2):
        return []
    wanted = max(limit // 2 - others, limit // 4)
    portions: list[list[Message]] = []
    room = 0
    left = total
    # In this order no message stands before its parent, and so the parents of what moves have moved as well.
    for message in transcript.ordered()[:-STAY]:
        if left <= wanted:
            break
        if not portions or sizes[message.id] > room:
            portions.append([])
            room = limit
        portions[-1].append(message)
        room -= sizes[message.id]
        left -= sizes[message.id]
    # Where those that stay are huge, a part for every small message between them would be worse.
    return portions if total - left >= limit // 8 else []


def size_of(message: Message) -> int:
    """Bytes that it takes in the object, with what stands between two."""
    return len(message.written) + 2
