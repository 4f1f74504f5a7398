"""What lies in the store, in the order of its keys, and what each conversation there says about itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from typing import Any, Literal, NamedTuple, TypeVar
from uuid import UUID

from conversations.archive import Archive, key_of
from conversations.document import NewerSchema, Unreadable
from conversations.parts import beside
from conversations.store import Store
from conversations.transcript import Transcript

T = TypeVar("T")
BATCH = 200

Kind = Literal[
    "missing",
    "orphaned",
    "unowned",
    "outdated",
    "unreadable",
    "newer",
    "incomplete",
    "part",
    "leftover",
    "taken",
    "empty",
]


class Place(NamedTuple):
    """Places sort as their keys do."""

    owner: UUID
    conversation: UUID

    @property
    def key(self) -> str:
        return key_of(self.owner, self.conversation)


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be; the detail is for the operator."""

    kind: Kind
    key: str
    detail: str
    repaired: bool = False

    def mended(self) -> Finding:
        return replace(self, repaired=True)


@dataclass(frozen=True)
class Entry:
    """A conversation in the store without its words; `fields` are those of its row."""

    place: Place
    username: str
    fields: dict[str, Any]
    parts: frozenset[str]


@dataclass
class Group:
    """The keys that begin with one conversation's; `whole` when its object is among them."""

    place: Place
    whole: bool = False
    parts: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    def add(self, key: str) -> None:
        if key == self.place.key:
            self.whole = True
        else:
            (self.parts if PART.fullmatch(key) else self.strange).append(key)


def places(store: Store, after: str = "") -> Iterator[Place]:
    """Where the conversations are, those after a key."""
    return (group.place for group in groups(store, after) if group.whole)


def groups(store: Store, after: str = "") -> Iterator[Group]:
    """All keys of the store, put together by conversation."""
    for place, keys in groupby(store.keys("users/"), _place_of):
        if place and (not after or place.key > after):
            group = Group(place)
            for key in keys:
                group.add(key)
            yield group


def strangers(store: Store) -> Iterator[str]:
    """Keys that belong to no conversation and are nothing else that Chatsite keeps."""
    return (key for key in store.keys("") if _place_of(key) is None and not PROFILE.fullmatch(key))


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    items = iter(items)
    while batch := list(islice(items, BATCH)):
        yield batch


def read(archive: Archive, place: Place) -> Entry | Finding | None:
    """None when it is not there (any more)."""
    try:
        opened = archive.load(*place)
    except NewerSchema as error:
        return Finding("newer", place.key, str(error))
    except Unreadable as error:
        return Finding("unreadable", place.key, str(error))
    return None if opened is None else _entry(place, opened.transcript)


def _entry(place: Place, transcript: Transcript) -> Entry:
    fields = {
        "title": transcript.title[:200],
        "title_by": transcript.title_by if transcript.title else "",
        "model": _model(transcript)[:200],
        "message_count": transcript.count,
        "created_at": transcript.created_at,
        "updated_at": transcript.updated_at,
        "pinned": transcript.flags.pinned,
        "archived": transcript.flags.archived,
        "tags": transcript.flags.tags,
        "flags_at": transcript.changed.flags,
        "shared": UUID(transcript.share.link) if transcript.share and transcript.share.link else None,
    }
    parts = frozenset(beside(transcript, part) for part in transcript.parts)
    return Entry(place, transcript.owner.username, fields, parts)


def _model(transcript: Transcript) -> str:
    answered = [message.model for message in transcript.ordered() if message.role == "assistant" and message.model]
    return answered[-1] if answered else transcript.settings.model or ""


ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PROFILE = re.compile(f"users/{ID}/profile.json")
PART = re.compile(f"users/{ID}/conversations/{ID}/part-[^/]+.json")
OF_A_CONVERSATION = re.compile(f"users/({ID})/conversations/({ID})")


def _place_of(key: str) -> Place | None:
    found = OF_A_CONVERSATION.match(key)
    return Place(UUID(found[1]), UUID(found[2])) if found else None
