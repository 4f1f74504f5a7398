"""What happens to a conversation that outgrows one object."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conversations.archive import Archive, folder_of, key_of
from conversations.parts import Parts
from conversations.transcript import Transcript
from tests.conversations.long import (
    ALICE,
    ROME,
    check,
    grow,
    identity,
    numbers,
    opened,
    part_keys,
    parts_read,
    said,
    talk,
)
from tests.conversations.memory import MemoryStore

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/transcript.schema.json").read_text())
LIMIT = 20_000
GOOD = {"value": "good", "comment": None, "at": None}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def archive(store: MemoryStore) -> Archive:
    return Archive(store, LIMIT)


def test_what_grows_past_the_limit_moves_its_oldest_messages_into_a_part(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(0))
    sizes = []
    for number in range(200):
        grow(archive, number, number + 1)
        sizes.append(len(store.objects[key_of(ALICE, ROME)][0]))
    check(store, map(identity, range(200)))
    assert max(sizes) <= LIMIT
    drops = [after for before, after in pairwise(sizes) if after < before]
    assert len(drops) == len(part_keys(store)) > 3
    assert max(drops) <= LIMIT * 0.55
    oldest = archive.parts.read(opened(archive), opened(archive).parts[0])
    assert oldest
    assert numbers(oldest.values()) == list(range(len(oldest)))


def test_a_part_is_where_and_what_the_format_says(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(100))
    document = json.loads(store.objects[key_of(ALICE, ROME)][0])
    Draft202012Validator(SCHEMA).validate(document)
    for number, (part, key) in enumerate(zip(document["parts"], sorted(part_keys(store)), strict=True)):
        assert key == f"users/{ALICE}/conversations/{part['key']}"
        assert part["key"].startswith(f"{ROME}/part-{number}-")
        assert len(store.objects[key][0]) <= LIMIT * 1.05
        content = json.loads(store.objects[key][0])
        assert list(content) == ["schema", "written_at", "messages"]
        Draft202012Validator({"$ref": "#/$defs/content", "$defs": SCHEMA["$defs"]}).validate(content)


def test_parts_are_written_before_the_object_that_names_them(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(100))
    assert [("/part-" in key) for what, key, _ in store.asked if what == "put"] == [True] * len(part_keys(store)) + [
        False
    ]


def test_the_last_question_and_its_answer_stay_however_large(store: MemoryStore, archive: Archive) -> None:
    one = talk(1)
    for number in (1, 2, 3):
        one.add(said(number, number - 1, "x" * 3 * LIMIT))
    saved = archive.create(one)
    assert numbers(saved.transcript.ordered()) == [2, 3]
    check(store, map(identity, range(4)))
    grow(archive, 4, 8)
    assert len(store.objects[key_of(ALICE, ROME)][0]) < LIMIT
    check(store, map(identity, range(8)))


def test_parts_that_nobody_names_are_swept_when_they_are_old(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(100))
    named = part_keys(store)
    folder = folder_of(ALICE, ROME)
    young, old = f"{folder}part-9-young.json", f"{folder}part-9-old.json"
    store.objects |= {young: (b"{}", "1"), old: (b"{}", "1")}
    store.ages |= dict.fromkeys([old, *named], 3600.0)
    assert archive.sweep(ALICE, ROME) == 1
    assert part_keys(store) == [*named, young]
    assert archive.sweep(ALICE, ROME, 0) == 1
    assert archive.sweep(ALICE, ROME, 0) == 0
    assert part_keys(store) == named
    del store.objects[key_of(ALICE, ROME)]
    archive.sweep(ALICE, ROME)
    assert store.objects == {}


def test_whoever_splits_sweeps_what_others_left(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(50))
    left_behind = f"{folder_of(ALICE, ROME)}part-9-old.json"
    store.objects[left_behind] = b"{}", "1"
    store.ages[left_behind] = 3600.0
    grow(archive, 50, 100)
    assert left_behind not in store.objects


def test_what_has_been_read_of_parts_is_kept_up_to_a_size(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(200))
    transcript = opened(archive)
    largest = max(part.bytes for part in transcript.parts)
    parts = Parts(store, 2 * largest)
    store.asked.clear()
    for _ in range(2):
        for part in transcript.parts:
            parts.read(transcript, part)
            parts.read(transcript, part)
    assert len(parts_read(store)) == 2 * len(transcript.parts)
    assert sum(size for size, _ in parts._cached.values()) <= 2 * largest


def test_what_was_deleted_is_not_remembered(archive: Archive) -> None:
    archive.create(talk(100))
    transcript = opened(archive)
    archive.whole(transcript)
    archive.delete(ALICE, ROME)
    assert archive.message(transcript, identity(3)) is None


def test_a_turn_moves_no_more_at_message_10000_than_at_1000() -> None:
    text = "All work and no play. " * 45
    moved = []
    for length in (900, 9_900):
        store = MemoryStore()
        Archive(store).create(talk(length, text))
        moved.append(dearest_turn(Archive(store), store, length, text))
    assert opened(Archive(store)).count == 10_000
    assert max(moved) < 2 * 2**20
    assert moved[1] < 1.2 * moved[0]


def dearest_turn(archive: Archive, store: MemoryStore, first: int, text: str) -> int:
    """The bytes that the most expensive of some turns moved."""
    most = 0
    for number in range(first, first + 100, 2):
        store.asked.clear()
        found = archive.load(ALICE, ROME)
        assert found
        assert archive.knows(found.transcript, identity(number - 1))
        archive.add(found.transcript, said(number, number - 1, text))
        saved = archive.save(found)
        assert archive.path(saved.transcript, identity(number), 20)
        saved.transcript.add(said(number + 1, number, text))
        archive.save(saved)
        most = max(most, sum(size for _, _, size in store.asked))
    return most


def test_a_transcript_in_one_object_is_not_touched(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(20))
    assert opened(archive).parts == []
    assert isinstance(archive.whole(opened(archive)), Transcript)
    assert part_keys(store) == []
