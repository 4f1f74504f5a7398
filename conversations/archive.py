"""Transcripts in the store. Everything here waits for the store: call it on a thread."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from conversations.document import Unreadable, ident, loads
from conversations.facets import Part
from conversations.merge import merge
from conversations.store import Conflict, Gone, Store, Stored, StoreUnavailable
from conversations.transcript import Transcript

ATTEMPTS = 12


class Deleted(Exception):
    """For the caller: the conversation is not there (any more), and nothing has been written."""


@dataclass(frozen=True)
class Opened:
    """A transcript and the tag of the version in the store that it was read from or written as."""

    transcript: Transcript
    tag: str


class Archive:
    """Raises StoreUnavailable when the store is away, and Unreadable for what is not a transcript."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def load(self, owner: UUID | str, conversation: UUID | str) -> Opened | None:
        key = key_of(owner, conversation)
        stored = self.store.get(key)
        return stored and _opened(key, stored)

    def create(self, transcript: Transcript) -> Opened:
        """Makes the object; where it is there already, from an earlier attempt, the two become one."""
        return self._write(transcript, None)

    def save(self, opened: Opened) -> Opened:
        """Replaces what was opened; go on with what is returned, where others' changes are merged in.

        Raises Deleted when it has been deleted meanwhile: it is never made again.
        """
        return self._write(opened.transcript, opened.tag)

    def change(self, owner: UUID | str, conversation: UUID | str, act: Callable[[Transcript], object]) -> Opened:
        """Loads, acts and saves. What `act` raises goes to the caller, and nothing is written."""
        opened = self.load(owner, conversation)
        if opened is None:
            raise Deleted(key_of(owner, conversation))
        act(opened.transcript)
        return self.save(opened)

    def delete(self, owner: UUID | str, conversation: UUID | str) -> None:
        """Deletes the conversation and its parts; after a failure it can be called again."""
        # The object goes first: parts without it are nobody's, it without them would be broken.
        self.store.delete(key_of(owner, conversation))
        for key in list(self.store.keys(folder_of(owner, conversation))):
            self.store.delete(key)

    def _write(self, transcript: Transcript, tag: str | None) -> Opened:
        key = key_of(transcript.owner.id, transcript.id)
        for attempt in range(ATTEMPTS):
            data = transcript.to_json()
            try:
                return Opened(transcript, self.store.put(key, data, tag))
            except Gone:
                raise Deleted(key) from None
            except Conflict:
                time.sleep(random.uniform(0, min(0.01 * 2**attempt, 0.5)))  # noqa: S311
            stored = self.store.get(key)
            if stored is None:
                raise Deleted(key)
            theirs = _opened(key, stored)
            transcript, tag = self._merged(transcript, theirs.transcript), theirs.tag
            if transcript.to_json() == stored.data:
                return theirs
        raise StoreUnavailable(f"{key} is being changed by too many writers at once: try again.")

    def _merged(self, ours: Transcript, theirs: Transcript) -> Transcript:
        held: set[str] = set()
        shared = {part.key for part in ours.parts} & {part.key for part in theirs.parts}
        for part in ours.parts + theirs.parts:
            if part.key not in shared:
                held.update(self._ids(theirs, part))
        return merge(ours, theirs, held)

    def _ids(self, transcript: Transcript, part: Part) -> Iterable[str]:
        key = f"users/{transcript.owner.id}/conversations/{part.key}"
        if not key.startswith(folder_of(transcript.owner.id, transcript.id)):
            raise Unreadable(f"its part {part.key} is not beside it")
        stored = self.store.get(key)
        messages = loads(stored.data).get("messages") if stored else []
        if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
            raise Unreadable(f"its part {part.key} has no messages")
        return [ident(message.get("id"), part.key) for message in messages]


def key_of(owner: UUID | str, conversation: UUID | str) -> str:
    return f"users/{_id(owner)}/conversations/{_id(conversation)}.json"


def folder_of(owner: UUID | str, conversation: UUID | str) -> str:
    """Where the parts of a conversation are."""
    return f"users/{_id(owner)}/conversations/{_id(conversation)}/"


def _id(value: UUID | str) -> str:
    """ValueError for anything but a UUID, since it becomes part of a path."""
    return str(value if isinstance(value, UUID) else UUID(value))


def _opened(key: str, stored: Stored) -> Opened:
    try:
        transcript = Transcript.from_json(stored.data)
    except Unreadable as error:
        raise type(error)(f"{key} cannot be read: {error}") from None
    if key_of(transcript.owner.id, transcript.id) != key:
        raise Unreadable(f"{key} cannot be read: it says that it is another conversation")
    return Opened(transcript, stored.tag)
