"""Transcripts in the store. Everything here waits for the store: call it on a thread."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from conversations.document import Unreadable
from conversations.memory import Memory, Version
from conversations.merge import merge
from conversations.message import Message
from conversations.parts import Parts, beside, overflow
from conversations.store import Conflict, Gone, Store, Stored, StoreError, StoreUnavailable
from conversations.transcript import Taken, Transcript

ATTEMPTS = 12

PART_BYTES = 524288

SWEEP_SECONDS = 900.0
"""Until a part is this old, somebody may be about to write the object that names it."""


class Deleted(Exception):
    """For the caller: the conversation is not there (any more), and nothing has been written."""


@dataclass(frozen=True)
class Opened:
    """A transcript and the tag of the version in the store that it was read from or written as."""

    transcript: Transcript
    tag: str
    remembered: bool = False
    """Whether it came from memory, and may not be the newest."""


class Archive:
    """Raises StoreUnavailable when the store is away, and Unreadable for what is not a transcript.

    An object that outgrows `part_bytes` is split on its way into the store. Only `path` and its neighbours know all
    messages of a split transcript; the transcript itself knows the newest.
    """

    def __init__(self, store: Store, part_bytes: int = PART_BYTES) -> None:
        self.store = store
        self.part_bytes = part_bytes
        self.parts = Parts(store)
        self.memory = Memory()

    def load(self, owner: UUID | str, conversation: UUID | str, since: str = "") -> Opened | None:
        """What is in the store. `since` is the tag of a version that is new enough: it, or one that was made of it
        here, may come from memory."""
        key = key_of(owner, conversation)
        if since and (known := self.memory.since(key, since)):
            return _remembered(known)
        stored = self.store.get(key)
        return stored and self._opened(key, stored)

    def remembered(self, owner: UUID | str, conversation: UUID | str) -> Opened | None:
        """What was last read or written here, for when the store is away."""
        key = key_of(owner, conversation)
        known = self.memory.get(key)
        return known and _remembered(known)

    def create(self, transcript: Transcript) -> Opened:
        """Makes the object; where it is there already, from an earlier attempt, the two become one."""
        return self._write(Opened(transcript, ""))

    def save(self, opened: Opened, act: Callable[[Transcript], object] | None = None) -> Opened:
        """Replaces what was opened; go on with what is returned, where others' changes are merged in.

        `act` is what was done to it since it was opened. It is done again to what is in the store where that is newer
        than what was remembered: somebody may have taken away there what memory would bring back.
        Raises Deleted when it has been deleted meanwhile: it is never made again.
        """
        return self._write(opened, act if opened.remembered else None)

    def change(
        self, owner: UUID | str, conversation: UUID | str, act: Callable[[Transcript], object], *, again: bool = False
    ) -> Opened:
        """Loads, acts and saves. What `act` raises goes to the caller, and nothing is written. `again` has it act
        on what somebody has written meanwhile too, where the two would not merge."""
        opened = self.load(owner, conversation)
        if opened is None:
            raise Deleted(key_of(owner, conversation))
        act(opened.transcript)
        return self._write(opened, act if again else None)

    def delete(self, owner: UUID | str, conversation: UUID | str) -> None:
        """Deletes the conversation and its parts; after a failure it can be called again."""
        # The object goes first: parts without it are nobody's, it without them would be broken.
        self.memory.forget(key_of(owner, conversation))
        self.store.delete(key_of(owner, conversation))
        folder = folder_of(owner, conversation)
        for key in list(self.store.keys(folder)):
            self.store.delete(key)
        self.parts.forget(folder)

    def sweep(self, owner: UUID | str, conversation: UUID | str, seconds: float = SWEEP_SECONDS) -> int:
        """Deletes parts that the conversation does not name, if they are older than `seconds`; says how many. Zero
        seconds is for when nobody writes."""
        # In this order: what is named after the listing is not in the list.
        keys = list(self.store.keys(folder_of(owner, conversation)))
        opened = self.load(owner, conversation) if keys else None
        return self._sweep(keys, opened.transcript if opened else None, seconds)

    def message(self, transcript: Transcript, message_id: UUID | str) -> Message | None:
        """A message, wherever it lies, as it is by now."""
        return next(self.upwards(transcript, message_id), None)

    def knows(self, transcript: Transcript, message_id: UUID | str) -> bool:
        """Whether a new message may name it as its parent."""
        return transcript.knows(message_id) or self.parts.holding(transcript, str(message_id)) is not None

    def upwards(self, transcript: Transcript, leaf: UUID | str | None) -> Iterator[Message]:
        """A branch from its leaf up to the root; a part is read when the way leads into it, not before."""
        here: Mapping[str, Message] = transcript.messages
        seen = set()
        message_id = leaf and str(leaf)
        while message_id and message_id not in seen:
            seen.add(message_id)
            if message_id not in here:
                here = self._place(transcript, message_id)
            if message_id not in here:
                return
            message = here[message_id]
            yield message if here is transcript.messages else transcript.amended_version(message)
            message_id = message.parent

    def path(self, transcript: Transcript, leaf: UUID | str | None, most: int | None = None) -> list[Message]:
        """From the root, or as much of its end as is wanted, to the leaf."""
        return list(islice(self.upwards(transcript, leaf), most))[::-1]

    def children(self, transcript: Transcript, parent: UUID | str | None) -> list[str]:
        """The ids of those that answer a message, in the order they were made; of None the roots."""
        parent = None if parent is None else str(parent)
        here = [message.id for message in transcript.children(parent) if message.parent == parent]
        return self.parts.children(transcript, parent) + here

    def leaf_below(self, transcript: Transcript, message_id: UUID | str) -> str:
        """Where a branch ends that goes on from a message, always with what was said last."""
        leaf = str(message_id)
        while children := self.children(transcript, leaf):
            leaf = children[-1]
        return leaf

    def whole(self, transcript: Transcript) -> Transcript:
        """All of it in one document; Unreadable when a part is missing."""
        messages: dict[str, Message] = {}
        for part in transcript.parts:
            held = self.parts.read(transcript, part)
            if held is None:
                raise Unreadable(f"its part {part.key} is missing")
            messages |= {key: transcript.amended_version(message) for key, message in held.items()}
        return replace(transcript, messages=messages | transcript.messages, amended={}, parts=[])

    def add(self, transcript: Transcript, message: Message) -> None:
        """Like Transcript.add, also for what may be in a part already. Raises Taken."""
        present = None if message.id in transcript.messages else self.message(transcript, message.id)
        if present is None:
            transcript.add(message)
        elif not message.repeats(present):
            raise Taken(f"message {message.id} is there already and says something else")

    def revise(self, transcript: Transcript, message_id: UUID | str, now: datetime, **changes: Any) -> Message:
        """Like Transcript.revise, wherever the message lies; KeyError when it is nowhere."""
        if str(message_id) in transcript.messages:
            return transcript.revise(message_id, now, **changes)
        message = self.message(transcript, message_id)
        if message is None:
            raise KeyError(str(message_id))
        revised = message.revised(**changes)
        transcript.amend(message, revised)
        return revised

    def _place(self, transcript: Transcript, message_id: str) -> Mapping[str, Message]:
        if message_id in transcript.messages:
            return transcript.messages
        held = self.parts.holding(transcript, message_id)
        return held[1] if held else {}

    def _opened(self, key: str, stored: Stored) -> Opened:
        opened = read(key, stored)
        self.memory.keep(key, Version(opened.transcript.copy(), stored.tag, len(stored.data)))
        return opened

    def _write(self, opened: Opened, act: Callable[[Transcript], object] | None = None) -> Opened:
        begun: list[str] = []
        try:
            opened = self._written(opened, act, begun)
        except Deleted:
            # Written after the deletion had looked for parts, they would stay for ever.
            with suppress(StoreError):
                for key in begun:
                    self.store.delete(key)
            raise
        if begun:
            self._sweep_beside(opened.transcript)
        return opened

    def _written(self, opened: Opened, act: Callable[[Transcript], object] | None, begun: list[str]) -> Opened:
        transcript, tag = opened.transcript, opened.tag or None
        key = key_of(transcript.owner.id, transcript.id)
        for attempt in range(ATTEMPTS):
            # What goes on after a conflict is the transcript as it was before it was split: two splits of the same
            # messages would not fit together.
            split, data = self._split(transcript, begun)
            try:
                written = self.store.put(key, data, tag)
            except Gone:
                self.memory.forget(key)
                raise Deleted(key) from None
            except Conflict:
                time.sleep(random.uniform(0, min(0.01 * 2**attempt, 0.5)))  # noqa: S311
            else:
                self.memory.keep(key, Version(split.copy(), written, len(data)), after=tag)
                return Opened(split, written)
            stored = self.store.get(key)
            if stored is None:
                self.memory.forget(key)
                raise Deleted(key)
            theirs = self._opened(key, stored)
            if act:
                transcript, tag = theirs.transcript, theirs.tag
                act(transcript)
                continue
            held = self._held(transcript, theirs.transcript)
            transcript, tag = merge(transcript, theirs.transcript, held), theirs.tag
            if transcript.to_json() == stored.data:
                return theirs
        raise StoreUnavailable(f"{key} is being changed by too many writers at once: try again.")

    def _split(self, transcript: Transcript, begun: list[str]) -> tuple[Transcript, bytes]:
        """The transcript as it is to be stored; parts come before the object that names them."""
        split = self.parts.hinged(transcript)
        data = split.to_json()
        portions = overflow(split, len(data), self.part_bytes)
        for portion in portions:
            split = self.parts.move(split, portion)
            begun.append(beside(split, split.parts[-1]))
        return split, split.to_json() if portions else data

    def _held(self, ours: Transcript, theirs: Transcript) -> dict[str, Message]:
        """What lies in parts that one of two versions does not know."""
        held: dict[str, Message] = {}
        shared = {part.key for part in ours.parts} & {part.key for part in theirs.parts}
        for part in ours.parts + theirs.parts:
            if part.key not in shared:
                held |= self.parts.read(theirs, part) or {}
        return held

    def _sweep_beside(self, transcript: Transcript) -> None:
        with suppress(StoreError):
            self._sweep(list(self.store.keys(folder_of(transcript.owner.id, transcript.id))), transcript, SWEEP_SECONDS)

    def _sweep(self, keys: list[str], transcript: Transcript | None, seconds: float) -> int:
        named = {beside(transcript, part) for part in transcript.parts} if transcript else set()
        swept = 0
        for key in keys:
            age = None if key in named else self.store.age(key)
            if age is not None and age >= seconds:
                self.store.delete(key)
                swept += 1
        return swept


def key_of(owner: UUID | str, conversation: UUID | str) -> str:
    return f"users/{_id(owner)}/conversations/{_id(conversation)}.json"


def folder_of(owner: UUID | str, conversation: UUID | str) -> str:
    """Where the parts of a conversation are."""
    return f"users/{_id(owner)}/conversations/{_id(conversation)}/"


def _id(value: UUID | str) -> str:
    """ValueError for anything but a UUID, since it becomes part of a path."""
    return str(value if isinstance(value, UUID) else UUID(value))


def _remembered(version: Version) -> Opened:
    return Opened(version.transcript.copy(), version.tag, remembered=True)


def read(key: str, stored: Stored) -> Opened:
    try:
        transcript = Transcript.from_json(stored.data)
    except Unreadable as error:
        raise type(error)(f"{key} cannot be read: {error}") from None
    if key_of(transcript.owner.id, transcript.id) != key:
        raise Unreadable(f"{key} cannot be read: it says that it is another conversation")
    return Opened(transcript, stored.tag)
