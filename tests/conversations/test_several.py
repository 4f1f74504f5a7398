"""Several conversations archived or exported at once."""

from __future__ import annotations

import json
import random
from io import BytesIO
from zipfile import ZipFile

from django.test import Client

from accounts.models import User
from conversations import bin  # noqa: A004
from conversations.archive import key_of
from conversations.export import file_name, zipped
from conversations.models import Conversation
from conversations.transcripts import archive
from tests.conversations.past import talked, transcript_of
from tests.site import Visitor

JSON = "application/json"


def test_several_are_archived_and_taken_out_again(as_alice: Client, alice: User, bob: User) -> None:
    rows, theirs = [talked(alice) for _ in range(3)], talked(bob)
    ids = ",".join(str(row.id) for row in [*rows, theirs])
    for on in ("true", "false"):
        answer = as_alice.post("/c/archive/", {"conversations": ids, "on": on}, content_type=JSON)
        assert answer.status_code == 204
        assert [transcript_of(row).flags.archived for row in rows] == [on == "true"] * 3
        assert Conversation.objects.archived().count() == (3 if on == "true" else 0)
    assert not transcript_of(theirs).flags.archived


def test_one_that_was_deleted_meanwhile_does_not_keep_the_others(as_alice: Client, alice: User) -> None:
    gone, stays = talked(alice), talked(alice)
    archive().delete(alice.id, gone.id)
    fields = {"conversations": f"{gone.id},{stays.id}", "on": "true"}
    assert as_alice.post("/c/archive/", fields, content_type=JSON).status_code == 204
    assert transcript_of(stays).flags.archived
    assert archive().load(alice.id, gone.id) is None


def test_nothing_of_somebody_else_is_touched_or_given(as_alice: Client, bob: User) -> None:
    theirs = talked(bob)
    for act in ("archive", "delete", "undo", "export"):
        fields = {"conversations": str(theirs.id), "on": "true", "kind": "json"}
        assert as_alice.post(f"/c/{act}/", fields, content_type=JSON).status_code == 404
    theirs.refresh_from_db()
    assert not theirs.archived
    assert theirs.deleted_at is None


def test_beside_ones_own_nothing_of_somebody_else_is_deleted_or_taken_back(
    as_alice: Client, alice: User, bob: User
) -> None:
    mine, theirs, thrown_away = talked(alice), talked(bob), talked(bob)
    bin.throw_away(bob.pk, [thrown_away.id])
    fields = {"conversations": f"{theirs.id},{thrown_away.id},{mine.id}"}
    for act, left in (("delete", {theirs.id}), ("undo", {theirs.id, mine.id})):
        assert as_alice.post(f"/c/{act}/", fields, content_type=JSON).status_code == 204
        assert {row.id for row in Conversation.objects.filter(deleted_at=None)} == left


def test_several_are_exported_as_one_archive(reader: Visitor) -> None:
    said = [reader.say(f"Number {n} [[say: Answer {n}]] [[title: Trip to {n} / Rome]]") for n in (1, 2, 2)]
    ids = ",".join(one.conversation for one in said)
    fields = {"conversations": ids, "kind": "md", "csrfmiddlewaretoken": reader.headers["X-CSRFToken"]}
    answer = reader.http.post("/c/export/", data=fields, headers={"Referer": str(reader.http.base_url)})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert ".zip" in answer.headers["content-disposition"]
    with ZipFile(BytesIO(answer.content)) as file:
        assert sorted(file.namelist()) == ["Trip to 1 - Rome.md", "Trip to 2 - Rome (2).md", "Trip to 2 - Rome.md"]
        assert "Answer 1" in file.read("Trip to 1 - Rome.md").decode()
    answer = reader.post("/c/export/", {"conversations": ids, "kind": "json"})
    with ZipFile(BytesIO(answer.content)) as file:
        documents = [json.loads(file.read(name)) for name in file.namelist()]
    assert {document["id"] for document in documents} == {one.conversation for one in said}


def test_many_do_not_lie_in_memory(alice: User) -> None:
    text = "".join(random.choices("abcdefghijklmnopqrstuvwxyz ", k=900_000))
    rows = [talked(alice, ["Long?", text], title=f"Long {number}") for number in range(4)]
    with zipped(rows, "txt") as file:
        assert getattr(file, "_rolled", False)
        with ZipFile(file) as archived:
            assert text in archived.read("Long 3.txt").decode()


def test_one_that_cannot_be_read_is_exported_as_it_is_beside_the_others(alice: User) -> None:
    broken, whole = talked(alice, title="Broken"), talked(alice, title="Whole")
    left = damage(broken)
    with zipped([broken, whole], "md") as file, ZipFile(file) as archived:
        assert sorted(archived.namelist()) == ["Broken.damaged.json", "Whole.md"]
        assert archived.read("Broken.damaged.json") == left


def damage(row: Conversation) -> bytes:
    """What is left of the document, which cannot be read."""
    key = key_of(row.owner_id, row.id)
    stored = archive().store.get(key)
    assert stored
    archive().store.put(key, stored.data[:-40], stored.tag)
    return stored.data[:-40]


def test_no_two_files_have_one_name_whatever_numbers_are_in_titles(alice: User) -> None:
    rows = [talked(alice, title=title) for title in ("Plan (2)", "Plan", "plan", "PLAN", "Plan (2)", "Plan (2) (2)")]
    with zipped(rows, "json") as file, ZipFile(file) as archived:
        names = archived.namelist()
        documents = [json.loads(archived.read(name)) for name in names]
    assert names == [
        "Plan (2).json",
        "Plan.json",
        "plan (3).json",
        "PLAN (4).json",
        "Plan (2) (2).json",
        "Plan (2) (2) (2).json",
    ]
    assert [document["id"] for document in documents] == [str(row.id) for row in rows]


def test_what_is_damaged_has_a_name_of_its_own_too(alice: User) -> None:
    broken, named = talked(alice, title="Plan"), talked(alice, title="Plan.damaged")
    damage(broken)
    with zipped([broken, named], "json") as file, ZipFile(file) as archived:
        assert archived.namelist() == ["Plan.damaged.json", "Plan.damaged (2).json"]


def test_a_title_becomes_the_name_of_a_file_anywhere() -> None:
    assert file_name("../../etc/passwd") == "-..-etc-passwd"
    assert file_name('a:b*c?"<d>|\\e\0') == "a-b-c-d-e-"
    assert file_name(" . ") == "Untitled"
    assert file_name("天气 😀") == "天气 😀"
    assert len(file_name("x" * 300)) == 100
    assert file_name("天" * 100) == "天" * 66  # in three bytes each
