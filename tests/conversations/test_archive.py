from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from conversations.archive import Archive, Deleted, folder_of, key_of
from conversations.document import NewerSchema, Unreadable
from conversations.facets import Part
from conversations.message import Message
from conversations.store import StoreUnavailable
from conversations.stores.folder import FolderStore
from conversations.transcript import Transcript

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ALICE, BOB, ROME = UUID(int=1, version=4), UUID(int=2, version=4), UUID(int=9, version=4)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(FolderStore(tmp_path))


def question(text: str = "Where to eat?", message: UUID | None = None) -> Message:
    return Message(str(message or uuid4()), role="user", text=text, created_at=NOW)


def rome(*messages: Message) -> Transcript:
    one = Transcript.new(ROME, ALICE, "alice", None, NOW)
    for message in messages:
        one.add(message)
    return one


def texts(archive: Archive) -> list[str]:
    opened = archive.load(ALICE, ROME)
    assert opened
    return sorted(message.text for message in opened.transcript.messages.values())


def test_a_transcript_lies_where_the_format_says(archive: Archive, tmp_path: Path) -> None:
    archive.create(rome(question()))
    file = tmp_path / f"users/{ALICE}/conversations/{ROME}.json"
    assert json.loads(file.read_bytes())["messages"][0]["text"] == "Where to eat?"


def test_what_is_not_there_is_none(archive: Archive) -> None:
    assert archive.load(ALICE, ROME) is None
    archive.create(rome())
    assert archive.load(BOB, ROME) is None


def test_what_was_saved_is_loaded(archive: Archive) -> None:
    opened = archive.create(rome())
    opened.transcript.add(question())
    saved = archive.save(opened)
    assert archive.load(str(ALICE), str(ROME)) == saved


def test_creating_again_loses_nothing(archive: Archive) -> None:
    first, second = question("first"), question("second")
    archive.create(rome(first))
    again = archive.create(rome(first))
    assert archive.load(ALICE, ROME) == again
    archive.create(rome(second))
    assert texts(archive) == ["first", "second"]


def test_two_who_opened_the_same_version_both_keep_their_words(archive: Archive) -> None:
    archive.create(rome())
    ours, theirs = archive.load(ALICE, ROME), archive.load(ALICE, ROME)
    assert ours
    assert theirs
    ours.transcript.add(question("ours"))
    theirs.transcript.add(question("theirs"))
    theirs.transcript.set_title("Rome", "user", NOW)
    archive.save(theirs)
    saved = archive.save(ours)
    assert texts(archive) == ["ours", "theirs"]
    assert saved.transcript.title == "Rome"
    saved.transcript.add(question("and on"))
    archive.save(saved)
    assert texts(archive) == ["and on", "ours", "theirs"]


def test_a_deleted_conversation_is_never_made_again(archive: Archive) -> None:
    opened = archive.create(rome(question()))
    archive.delete(ALICE, ROME)
    archive.delete(ALICE, ROME)
    with pytest.raises(Deleted):
        archive.save(opened)
    with pytest.raises(Deleted):
        archive.change(ALICE, ROME, lambda one: one.add(question()))
    assert list(archive.store.keys("")) == []


def test_deleting_takes_the_parts_along_and_nothing_else(archive: Archive) -> None:
    archive.create(rome())
    archive.store.put(f"{folder_of(ALICE, ROME)}part-0-ab.json", b"{}", None)
    beside = key_of(ALICE, uuid4())
    archive.store.put(beside, b"{}", None)
    archive.delete(ALICE, ROME)
    assert list(archive.store.keys("")) == [beside]


def test_a_change_that_fails_writes_nothing(archive: Archive) -> None:
    opened = archive.create(rome())

    def act(one: Transcript) -> None:
        one.add(question())
        raise LookupError("no")

    with pytest.raises(LookupError):
        archive.change(ALICE, ROME, act)
    assert archive.load(ALICE, ROME) == opened


def test_many_threads_changing_one_conversation_lose_nothing(archive: Archive) -> None:
    archive.create(rome())

    def say(number: int) -> None:
        archive.change(ALICE, ROME, lambda one: one.add(question(str(number))))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(say, range(24)))
    assert texts(archive) == sorted(map(str, range(24)))


def talk(root: Path, writer: int) -> None:
    archive = Archive(FolderStore(root))
    archive.create(rome(question(f"{writer}.0")))
    for number in range(1, 6):
        archive.change(ALICE, ROME, partial(Transcript.add, message=question(f"{writer}.{number}")))


def test_processes_writing_one_conversation_lose_nothing(archive: Archive, tmp_path: Path) -> None:
    began = time.monotonic()
    context = get_context("spawn")
    writers = [context.Process(target=talk, args=(tmp_path, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=30)
        assert writer.exitcode == 0
    assert texts(archive) == [f"{writer}.{number}" for writer in range(3) for number in range(6)]
    assert time.monotonic() - began < 20


def test_a_stale_page_does_not_put_back_what_has_moved_into_a_part(archive: Archive) -> None:
    old, hinge, new = question("old"), question("hinge"), question("new")
    stale = archive.create(rome(old, hinge))
    part = f"{ROME}/part-0-ab.json"
    moved = json.dumps({"schema": 1, "messages": [old.raw(), hinge.raw()]}).encode()
    archive.store.put(f"users/{ALICE}/conversations/{part}", moved, None)

    def split(one: Transcript) -> None:
        one.messages.clear()
        one.parts.append(Part(part, count=2, bytes=len(moved), hinges=[hinge.id]))
        one.add(new)

    archive.change(ALICE, ROME, split)
    stale.transcript.add(question("from the stale page"))
    saved = archive.save(stale)
    assert texts(archive) == ["from the stale page", "new"]
    assert [one.key for one in saved.transcript.parts] == [part]


def test_what_cannot_be_read_is_never_written_over(archive: Archive) -> None:
    newer = json.loads(rome().to_json()) | {"schema": 2}
    archive.store.put(key_of(ALICE, ROME), json.dumps(newer).encode(), None)
    with pytest.raises(NewerSchema, match="schema 2"):
        archive.load(ALICE, ROME)
    with pytest.raises(NewerSchema):
        archive.create(rome(question()))
    stored = archive.store.get(key_of(ALICE, ROME))
    assert stored
    assert json.loads(stored.data) == newer


def test_a_file_under_a_name_that_is_not_its_own_is_refused(archive: Archive) -> None:
    archive.store.put(key_of(BOB, ROME), rome().to_json(), None)
    with pytest.raises(Unreadable, match="another conversation"):
        archive.load(BOB, ROME)


def test_nothing_but_a_uuid_becomes_a_key(archive: Archive) -> None:
    with pytest.raises(ValueError, match="UUID"):
        archive.load("..", ROME)


def test_an_outage_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    archive = Archive(FolderStore(tmp_path / "file"))
    with pytest.raises(StoreUnavailable):
        archive.create(rome())
