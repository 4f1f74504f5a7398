"""A conversation in several objects is read, and changed, as if it were in one."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from conversations.archive import Archive, key_of
from conversations.document import Unreadable
from conversations.transcript import Taken
from tests.conversations.long import (
    ALICE,
    NOON,
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

LIMIT = 20_000
GOOD = {"value": "good", "comment": None, "at": None}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def archive(store: MemoryStore) -> Archive:
    return Archive(store, LIMIT)


def test_a_branch_is_read_from_its_end_and_parts_only_when_it_leads_into_them(
    store: MemoryStore, archive: Archive
) -> None:
    archive.create(talk(0))
    grow(archive, 0, 200)
    names = [part.key.rsplit("/", 1)[1] for part in opened(archive).parts]
    archive = Archive(store, LIMIT)
    transcript = opened(archive)
    parts_read(store)
    here = len(transcript.messages)
    assert numbers(archive.path(transcript, identity(199), here)) == list(range(200 - here, 200))
    assert parts_read(store) == []
    assert numbers(archive.path(transcript, identity(199), here + 1)) == list(range(199 - here, 200))
    assert parts_read(store) == [names[-1]]
    assert numbers(archive.path(transcript, identity(199))) == list(range(200))
    assert parts_read(store) == names[-2::-1]
    assert archive.path(transcript, identity(150), 5) == archive.path(transcript, identity(199))[146:151]
    assert parts_read(store) == []


def test_one_message_is_found_without_opening_every_part(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(200))
    transcript = opened(archive)
    for number in (3, 77, 140):
        store.asked.clear()
        found = Archive(store).message(transcript, identity(number))
        assert found == said(number, number - 1)
        assert len(parts_read(store)) == 1
    assert archive.message(transcript, identity(1000)) is None
    assert not archive.knows(transcript, identity(1000))
    assert parts_read(store) == []


def test_parts_that_say_less_about_themselves_are_read_all_the_same(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(100))
    document = json.loads(store.objects[key_of(ALICE, ROME)][0])
    for part in document["parts"]:
        part.pop("endings")
        part["hinges"] = []
    store.objects[key_of(ALICE, ROME)] = json.dumps(document).encode(), "by hand"
    assert numbers(archive.path(opened(archive), identity(99))) == list(range(100))
    grow(archive, 100, 101)
    assert numbers(archive.path(opened(archive), identity(100))) == list(range(101))


def test_a_branch_may_grow_from_a_message_in_a_part(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(100))
    assert not opened(archive).knows(identity(7))
    assert archive.knows(opened(archive), identity(7))
    archive.change(ALICE, ROME, lambda one: one.add(said(100, 7)))
    assert opened(archive).knows(identity(7))
    assert numbers(archive.path(opened(archive), identity(100))) == [*range(8), 100]
    check(store, map(identity, range(101)))


def test_the_versions_of_a_message_are_found_wherever_they_lie(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(100))
    archive.change(ALICE, ROME, lambda one: one.add(said(100, 7)))
    archive.change(ALICE, ROME, lambda one: one.add(said(101, 99)))
    grow(archive, 102, 250)
    archive.change(ALICE, ROME, lambda one: one.add(said(302, 7)))
    transcript = opened(archive)
    assert transcript.message(identity(100)) is None
    assert archive.children(transcript, identity(7)) == [identity(number) for number in (8, 100, 302)]
    assert archive.children(transcript, None) == [identity(0)]
    parts_read(store)
    assert archive.leaf_below(transcript, identity(100)) == identity(100)
    assert archive.leaf_below(transcript, identity(8)) == identity(249)


def test_the_shown_branch_may_end_in_a_part(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(100))
    archive.change(ALICE, ROME, lambda one: one.set_current(identity(9), NOON + timedelta(hours=1)))
    transcript = opened(archive)
    assert transcript.leaf == identity(9)
    assert numbers(archive.path(transcript, transcript.leaf)) == list(range(10))
    # And it stays the end when what is shown moves only later.
    archive.change(ALICE, ROME, lambda one: one.set_current(identity(98), NOON + timedelta(hours=2)))
    grow(archive, 100, 200)
    assert opened(archive).message(identity(98)) is None
    assert opened(archive).leaf == identity(98)


def test_what_changes_on_a_message_in_a_part_is_kept_beside_it(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(100))
    later = NOON + timedelta(hours=1)
    parts = {key: store.objects[key] for key in part_keys(store)}
    archive.change(ALICE, ROME, lambda one: archive.revise(one, identity(3), later, rating=GOOD))
    archive.change(ALICE, ROME, lambda one: archive.revise(one, identity(3), later, text="Corrected."))
    archive.change(ALICE, ROME, lambda one: archive.revise(one, identity(99), later, rating=GOOD))
    transcript = opened(archive)
    assert transcript.amended == {identity(3): {"rev": 3, "rating": GOOD, "text": "Corrected."}}
    for found in (archive.message(transcript, identity(3)), archive.whole(transcript).message(identity(3))):
        assert found
        assert (found.rev, found.text, found.rating, found.parent) == (3, "Corrected.", GOOD, identity(2))
    assert transcript.messages[identity(99)].rating == GOOD
    assert {key: store.objects[key] for key in part_keys(store)} == parts
    with pytest.raises(KeyError):
        archive.revise(transcript, identity(1000), later, rating=GOOD)


def test_a_stale_page_revises_what_has_moved_meanwhile(store: MemoryStore, archive: Archive) -> None:
    stale = archive.create(talk(10))
    stale.transcript.revise(identity(1), NOON, rating=GOOD)
    grow(archive, 10, 100)
    saved = archive.save(stale).transcript
    assert saved.message(identity(1)) is None
    assert saved.amended.keys() == {identity(1)}
    check(store, map(identity, range(100)))


def test_a_stale_page_repeats_nothing_that_was_revised_before_it_moved(archive: Archive) -> None:
    archive.create(talk(10))
    archive.change(ALICE, ROME, lambda one: one.revise(identity(1), NOON, rating=GOOD))
    stale = archive.load(ALICE, ROME)
    grow(archive, 10, 100)
    assert stale
    stale.transcript.add(said(100, 9))
    assert archive.save(stale).transcript.amended == {}


def test_a_message_in_a_part_is_not_added_again(archive: Archive) -> None:
    archive.create(talk(100))
    transcript = opened(archive)
    archive.add(transcript, said(4, 3))
    assert transcript == opened(archive)
    for other in (said(4, 3, "Something else"), said(4, 2)):
        with pytest.raises(Taken):
            archive.add(transcript, other)


def test_the_whole_is_one_document_again(store: MemoryStore, archive: Archive) -> None:
    all_of_it = talk(100)
    archive.create(all_of_it)
    assert archive.whole(opened(archive)).to_json() == all_of_it.to_json()
    del store.objects[part_keys(store)[0]]
    with pytest.raises(Unreadable, match=r"part-0-.* is missing"):
        Archive(store).whole(opened(archive))


def test_the_rest_of_a_conversation_is_there_when_a_part_is_lost(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(100))
    del store.objects[part_keys(store)[0]]
    archive = Archive(store, LIMIT)
    path = numbers(archive.path(opened(archive), identity(99)))
    assert path == list(range(path[0], 100))
    grow(archive, 100, 101)


def test_what_is_no_part_is_unreadable_and_says_which(store: MemoryStore, archive: Archive) -> None:
    archive.create(talk(100))
    key = part_keys(store)[0]
    for nonsense in (b"", b"{}", b'{"messages": [{"id": 1}]}'):
        store.objects[key] = nonsense, "x"
        with pytest.raises(Unreadable, match=r"its part .*/part-0-.* cannot be read"):
            Archive(store).whole(opened(archive))
