"""Parts in a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from conversations.archive import Archive, folder_of
from conversations.store import open_store
from tests.conversations.bucket import new_bucket, options, server
from tests.conversations.long import ALICE, ROME, grow, identity, numbers, opened, said, talk


@pytest.fixture
def archive() -> Iterator[Archive]:
    with server() as port:
        yield Archive(open_store(f"s3://{new_bucket(port)}/site", options(port)), 10_000)


def test_a_conversation_is_split_shared_read_swept_and_deleted(archive: Archive) -> None:
    archive.create(talk(60))
    left_behind = f"{folder_of(ALICE, ROME)}part-7-left.json"
    archive.store.put(left_behind, b"{}", None)
    writers = [Archive(archive.store, 10_000) for _ in range(3)]

    def branch(number: int) -> None:
        writers[number].change(ALICE, ROME, lambda one: one.add(said(100 + number, 3, "word " * 600)))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(branch, range(3)))
    grow(archive, 60, 70)
    reader = Archive(archive.store, 10_000)
    transcript = opened(reader)
    whole = reader.whole(transcript)
    assert len(whole.messages) == transcript.count == 73
    assert numbers(reader.path(transcript, identity(69))) == list(range(70))
    assert [numbers(reader.path(transcript, identity(number)))[:-1] for number in (100, 101, 102)] == [[0, 1, 2, 3]] * 3
    assert reader.sweep(ALICE, ROME) == 0
    assert reader.sweep(ALICE, ROME, 0) >= 1
    assert reader.whole(opened(reader)).to_json() == whole.to_json()
    reader.delete(ALICE, ROME)
    assert list(archive.store.keys("")) == []
