"""Long conversations, and what must be true of them however they are split."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from conversations.archive import Archive, key_of
from conversations.message import Message
from conversations.transcript import Transcript
from tests.conversations.memory import MemoryStore

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ALICE, ROME = UUID(int=1, version=4), UUID(int=9, version=4)


def identity(number: int) -> str:
    return str(UUID(int=0xABC0000000 + number, version=4))


def said(number: int, parent: int | None, text: str = "", **more: Any) -> Message:
    """The user and the model in turn, a second apart."""
    return Message(
        identity(number),
        role="assistant" if number % 2 else "user",
        text=text or f"Message {number}. " + "word " * 40,
        parent=None if parent is None else identity(parent),
        created_at=NOON + timedelta(seconds=number),
        **more,
    )


def talk(messages: int, text: str = "", owner: UUID = ALICE) -> Transcript:
    one = Transcript.new(ROME, owner, "alice", None, NOON)
    for number in range(messages):
        one.add(said(number, number - 1 if number else None, text))
    one.set_current(identity(messages - 1) if messages else None, NOON)
    return one


def opened(archive: Archive) -> Transcript:
    found = archive.load(ALICE, ROME)
    assert found
    return found.transcript


def numbers(messages: Iterable[Message]) -> list[int]:
    return [int(message.id[-10:], 16) - 0xABC0000000 & 0xFFFFFF for message in messages]


def grow(archive: Archive, first: int, last: int) -> None:
    """Turn by turn: each question and each answer is one write."""
    for number in range(first, last):
        message = said(number, number - 1 if number else None)
        archive.change(ALICE, ROME, partial(Transcript.add, message=message))


def parts_read(store: MemoryStore) -> list[str]:
    """The parts asked for since the last look."""
    keys = [key.rsplit("/", 1)[1] for what, key, _ in store.asked if what == "get" and "/part-" in key]
    store.asked.clear()
    return keys


def part_keys(store: MemoryStore) -> list[str]:
    return [key for key in store.objects if "/part-" in key]


def check(store: MemoryStore, expected: Iterable[str]) -> None:
    """Every message once, in one tree, and whoever reads finds the way up from each to its root, and down again."""
    document = json.loads(store.objects[key_of(ALICE, ROME)][0])
    places: dict[str, str] = {message["id"]: "" for message in document["messages"]}
    parents = {message["id"]: message["parent"] for message in document["messages"]}
    count = len(document["messages"])
    for part in document["parts"]:
        data = store.objects[f"users/{ALICE}/conversations/{part['key']}"][0]
        messages = json.loads(data)["messages"]
        assert (part["count"], part["bytes"]) == (len(messages), len(data))
        places |= {message["id"]: part["key"] for message in messages}
        parents |= {message["id"]: message["parent"] for message in messages}
        count += len(messages)
    assert count == len(places)
    assert places.keys() == set(expected)
    hinges = {(hinge, part["key"]) for part in document["parts"] for hinge in part["hinges"]}
    for message_id, parent in parents.items():
        if parent and places[parent] not in {"", places[message_id]}:
            assert (parent, places[parent]) in hinges
    archive = Archive(store)
    transcript = opened(archive)
    assert transcript.count == count
    for message_id in places:
        path = archive.path(transcript, message_id)
        assert path[-1].id == message_id
        assert path[0].parent is None
    for parent in [None, *places]:
        children = archive.children(transcript, parent)
        assert sorted(children) == sorted(child for child, of in parents.items() if of == parent)
