from __future__ import annotations

import json
import os
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from conversations.archive import folder_of, key_of
from conversations.facets import Part
from conversations.models import Conversation, Reply
from conversations.store import Store
from conversations.stores.folder import FolderStore
from conversations.transcripts import archive
from tests.conversations.commands import manage
from tests.conversations.past import listed, talked

pytestmark = pytest.mark.django_db


def found(*arguments: str) -> list[tuple[str, str, bool]]:
    lines = [json.loads(line) for line in manage("check_store", "--json", *arguments).out.splitlines()]
    return [(line["kind"], line["key"], line["repaired"]) for line in lines[:-1]]


def key(row: Conversation) -> str:
    return key_of(row.owner_id, row.id)


def store() -> Store:
    return archive().store


def grow_old(name: str) -> None:
    folder = store()
    assert isinstance(folder, FolderStore)
    two_hours_ago = (timezone.now() - timedelta(hours=2)).timestamp()
    os.utime(folder.root / name, (two_hours_ago, two_hours_ago))


def test_where_rows_and_objects_agree_all_is_well(alice: User) -> None:
    talked(alice, message_count=2)
    ran = manage("check_store")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("1 conversations, ")
    assert ran.out.endswith(": all is well.\n")


def test_a_row_without_an_object_is_missing_and_goes_when_repaired(alice: User) -> None:
    talked(alice, message_count=2)
    row = listed(alice, 1, created_at=timezone.now() - timedelta(hours=1))[0]
    assert found() == [("missing", key(row), False)]
    assert manage("check_store").code == 1
    assert found("--repair") == [("missing", key(row), True)]
    assert not Conversation.objects.filter(id=row.id).exists()
    assert manage("check_store").code == 0


def test_an_object_without_a_row_is_orphaned_and_gets_one_when_repaired(alice: User) -> None:
    row = talked(alice, title="Rome")
    Conversation.objects.all().delete()
    assert found() == [("orphaned", key(row), False)]
    ran = manage("check_store", "--repair")
    assert (ran.code, Conversation.objects.get().title) == (0, "Rome")
    assert "1 orphaned; 1 repaired" in ran.out


def test_an_object_of_an_unknown_owner_brings_the_owner_back_when_repaired(alice: User) -> None:
    row = talked(alice)
    number = alice.id
    alice.delete()
    assert found() == [("unowned", key(row), False)]
    assert found("--repair") == [("unowned", key(row), True)]
    assert User.objects.get().id == number


def test_a_row_that_says_something_else_is_outdated_unless_it_is_being_answered(alice: User) -> None:
    row, running = talked(alice), talked(alice)
    Reply.objects.create(id=uuid4(), conversation=running, question=uuid4(), backend="guide")
    assert found("--repair") == [("outdated", key(row), True)]
    row.refresh_from_db()
    assert row.message_count == 2
    assert found() == []


def test_what_cannot_be_read_is_told_from_what_a_newer_version_wrote_and_both_stay(alice: User) -> None:
    bad, newer = talked(alice), talked(alice)
    for row, data in ((bad, b"{half"), (newer, b'{"schema": 2}')):
        stored = store().get(key(row))
        assert stored
        store().put(key(row), data, stored.tag)
    assert sorted(found("--repair")) == [("newer", key(newer), False), ("unreadable", key(bad), False)]
    assert manage("check_store", "--repair").code == 1
    assert store().get(key(bad))


def test_parts_nobody_names_go_after_an_hour_and_parts_that_are_named_stay(alice: User) -> None:
    row = talked(alice, message_count=2)
    folder = folder_of(alice.id, row.id)
    names = [f"{folder}part-{number}-ab.json" for number in range(3)]
    for name in names:
        store().put(name, b'{"schema": 1, "messages": []}', None)
    part = Part(names[0].removeprefix(f"users/{alice.id}/conversations/"))
    archive().change(alice.id, row.id, lambda transcript: transcript.parts.append(part))
    grow_old(names[0])
    grow_old(names[1])
    assert found() == [("part", names[1], False)]
    assert found("--repair") == [("part", names[1], True)]
    assert list(store().keys(folder)) == [names[0], names[2]]


def test_parts_of_a_deleted_conversation_go_too(alice: User) -> None:
    talked(alice, message_count=2)
    name = f"{folder_of(alice.id, uuid4())}part-0-ab.json"
    store().put(name, b"{}", None)
    assert found() == []
    grow_old(name)
    assert found("--repair") == [("part", name, True)]
    assert store().get(name) is None


def test_a_part_that_is_named_but_not_there_is_reported(alice: User) -> None:
    row = talked(alice, message_count=2)
    lost = Part(f"{row.id}/part-0-ab.json")
    archive().change(alice.id, row.id, lambda transcript: transcript.parts.append(lost))
    assert found("--repair") == [("incomplete", key(row), False)]


def test_what_chatsite_did_not_put_there_is_reported_and_left(alice: User) -> None:
    row = talked(alice, message_count=2)
    strange = [f"{key(row)}.bak", f"users/{alice.id}/notes.txt", "zoo"]
    for name in [*strange, f"users/{alice.id}/profile.json"]:
        store().put(name, b"{}", None)
    assert found("--repair") == [("leftover", name, False) for name in strange]
    assert all(store().get(name) for name in strange)


def test_an_empty_store_is_not_believed(alice: User) -> None:
    listed(alice, 2, created_at=timezone.now() - timedelta(hours=1))
    assert found("--repair") == [("empty", "", False)]
    assert Conversation.objects.count() == 2


def test_the_last_line_of_the_json_has_the_sums(alice: User) -> None:
    talked(alice)
    lines = manage("check_store", "--json", "--repair").out.splitlines()
    assert json.loads(lines[-1]) == {"conversations": 1, "found": {"outdated": 1}, "repaired": 1}


def test_what_a_process_began_to_write_and_never_finished_goes_when_it_is_old(alice: User) -> None:
    row = talked(alice, message_count=2)
    begun = f"users/{alice.id}/conversations/{uuid4()}.json"
    folder, name = begun.rsplit("/", 1)
    path = store().root / folder / f".{name}.new"  # type: ignore[attr-defined]
    path.write_bytes(b"half of a wri")
    assert found("--repair") == []
    grow_old(f"{folder}/.{name}.new")
    assert found() == [("leftover", begun, False)]
    assert found("--repair") == [("leftover", begun, True)]
    assert not path.exists()
    assert manage("check_store").code == 0
    archive().delete(alice.id, row.id)


def test_with_a_conversation_goes_the_part_that_was_never_finished(alice: User) -> None:
    row = talked(alice, message_count=2)
    part = store().root / folder_of(alice.id, row.id) / ".part-0-1234.json.new"  # type: ignore[attr-defined]
    part.parent.mkdir()
    part.write_bytes(b"half of a wri")
    archive().delete(alice.id, row.id)
    assert not part.exists()
