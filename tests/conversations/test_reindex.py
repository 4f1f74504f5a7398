from __future__ import annotations

import json
import time
from datetime import timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management.base import OutputWrapper
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.restore import restore
from conversations import inventory, progress
from conversations.archive import key_of
from conversations.inventory import Entry, Place, read
from conversations.models import Conversation, Reply
from conversations.reindex import rows_of, write
from conversations.store import Stored, StoreUnavailable
from conversations.stores.folder import FolderStore
from conversations.transcripts import archive
from tests.conversations.commands import manage
from tests.conversations.past import listed, talked, transcript_of

pytestmark = pytest.mark.django_db


def rows() -> list[Any]:
    kept = Conversation.objects.order_by("id").values()
    # Open pages hear of rows that were made anew.
    return [{name: value for name, value in row.items() if name != "changed_at"} for row in kept]


def stored() -> dict[str, bytes]:
    store = archive().store
    return {key: found.data for key in store.keys("") if (found := store.get(key))}


def test_every_row_comes_back_from_the_store(alice: User, bob: User) -> None:
    talked(alice, title="Rome")
    talked(bob, ["A question"], title="Oslo")
    manage("reindex")
    before, kept = rows(), stored()
    Conversation.objects.all().delete()
    ran = manage("reindex")
    assert (ran.code, rows(), stored()) == (0, before, kept)
    assert "2 conversations" in ran.out
    assert "2 made, 0 changed, 0 removed, 0 skipped" in ran.out


def test_a_row_says_what_the_transcript_says(alice: User) -> None:
    row = talked(alice, title="Rome")
    transcript = transcript_of(row)
    Conversation.objects.filter(id=row.id).update(title="Wrong", message_count=9, visible=False, model="")
    manage("reindex")
    row.refresh_from_db()
    assert (row.title, row.title_by, row.model, row.message_count) == ("Rome", "model", "test-model", 2)
    assert (row.created_at, row.updated_at, row.visible) == (transcript.created_at, transcript.updated_at, True)


def test_doing_it_again_changes_nothing(alice: User) -> None:
    talked(alice)
    manage("reindex")
    assert "0 made, 0 changed, 0 removed" in manage("reindex").out


def test_rows_the_store_does_not_have_go_unless_they_are_young_or_being_answered(alice: User) -> None:
    talked(alice)
    hour_ago = timezone.now() - timedelta(hours=1)
    lost, answering = listed(alice, 2, created_at=hour_ago)
    young = listed(alice, 1, created_at=timezone.now() + timedelta(minutes=1))[0]
    Reply.objects.create(id=uuid4(), conversation=answering, question=uuid4(), backend="guide")
    ran = manage("reindex")
    assert ran.code == 0
    assert "1 removed" in ran.out
    left = set(Conversation.objects.values_list("id", flat=True))
    assert lost.id not in left
    assert {answering.id, young.id} < left


def test_an_empty_store_removes_nothing_since_it_may_be_the_wrong_one(alice: User) -> None:
    listed(alice, 3, created_at=timezone.now() - timedelta(hours=1))
    ran = manage("reindex")
    assert ran.code == 1
    assert "is CONVERSATION_STORE the right one?" in ran.err
    assert Conversation.objects.count() == 3


def test_what_cannot_be_read_is_reported_and_skipped(alice: User) -> None:
    good, bad, newer = talked(alice), talked(alice), talked(alice)
    replace(bad, b"{half")
    replace(newer, json.dumps({"schema": 2}).encode())
    Conversation.objects.filter(id=good.id).delete()
    ran = manage("reindex")
    assert ran.code == 1
    assert f"Skipped {key_of(alice.id, bad.id)}: " in ran.err
    assert "schema 2" in ran.err
    assert Conversation.objects.count() == 3


def replace(row: Conversation, data: bytes) -> None:
    store, key = archive().store, key_of(row.owner_id, row.id)
    found = store.get(key)
    assert found
    store.put(key, data, found.tag)


def test_a_missing_owner_comes_back_under_the_same_id_and_name_without_a_password(alice: User) -> None:
    row = talked(alice)
    number = alice.id
    alice.delete()
    ran = manage("reindex")
    assert "Restored the user alice" in ran.out
    found = User.objects.get(id=number)
    assert (found.username, found.has_usable_password(), found.is_staff) == ("alice", False, False)
    assert Conversation.objects.get(id=row.id).owner_id == number


def test_who_has_taken_the_name_meanwhile_is_not_given_the_conversations(alice: User, client: Client) -> None:
    row = talked(alice)
    number = alice.id
    alice.delete()
    stranger = User.objects.create_user("Alice", password="a long enough password")
    manage("reindex")
    assert User.objects.get(id=number).username == "alice-2"
    client.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(row.get_absolute_url()).status_code == 404


def test_names_that_could_not_be_signed_up_with_are_made_harmless() -> None:
    names = ["", "a b<c>", "é" * 200, "me", "me", "Me"]
    made = [restore(uuid4(), name).username for name in names]
    assert made == ["user", "a-b-c-", "é" * 140, "me", "me-2", "Me-3"]


def test_an_id_that_two_owners_use_stays_with_the_first(alice: User, bob: User) -> None:
    row = talked(alice)
    copy = transcript_of(row)
    copy.owner = type(copy.owner)(str(bob.id), "bob")
    archive().create(copy)
    ran = manage("reindex")
    assert ran.code == 1
    assert "another user has a conversation under the same id" in ran.err
    row.refresh_from_db()
    assert row.owner_id == alice.id


def test_a_row_under_the_wrong_owner_goes_to_the_one_the_store_names(alice: User, bob: User) -> None:
    row = talked(alice)
    Conversation.objects.filter(id=row.id).update(owner=bob)
    assert manage("reindex").code == 0
    row.refresh_from_db()
    assert row.owner_id == alice.id


def test_what_the_site_changes_meanwhile_is_left_alone(alice: User) -> None:
    renamed, deleted = talked(alice), talked(alice)
    places = [Place(alice.id, row.id) for row in (renamed, deleted)]
    before = rows_of(places)
    entries = [entry for place in places if isinstance(entry := read(archive(), place), Entry)]
    Conversation.objects.filter(id=renamed.id).update(title="Renamed meanwhile")
    Conversation.objects.filter(id=deleted.id).delete()
    write(archive(), entries, before)
    assert list(Conversation.objects.values_list("title", flat=True)) == ["Renamed meanwhile"]


class Switch(FolderStore):
    """A store that stops answering, or in which somebody presses Ctrl-C, after some objects."""

    def __init__(self, root: Path, after: int, end: BaseException) -> None:
        super().__init__(root)
        self.left, self.end = after, end

    def get(self, key: str) -> Stored | None:
        self.left -= 1
        if self.left < 0:
            raise self.end
        return super().get(key)


@pytest.mark.parametrize(
    ("end", "code"),
    [(KeyboardInterrupt(), 130), (StoreUnavailable("The bucket is away."), 2)],
    ids=["Ctrl-C", "outage"],
)
@pytest.mark.parametrize("command", [["reindex"], ["check_store", "--repair"]], ids=" ".join)
def test_what_was_interrupted_says_how_to_go_on_and_goes_on_there(
    alice: User, command: list[str], end: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        talked(alice)
    Conversation.objects.all().delete()
    monkeypatch.setattr(inventory, "BATCH", 2)
    store = archive().store
    assert isinstance(store, FolderStore)
    with monkeypatch.context() as patch:
        # All of it is read once more for the search; the second look of check_store counts too.
        patch.setattr(archive(), "store", Switch(store.root, 8 if command == ["reindex"] else 12, end))
        ran = manage(*command)
    assert ran.code == code
    assert Conversation.objects.count() == 4
    again = ran.err.split("manage.py ")[1].split()
    assert again == [*command, "--after", sorted(stored())[3]]
    ran = manage(*again)
    assert ran.code == 0
    assert "1 conversations" in ran.out
    assert Conversation.objects.count() == 5


def test_a_terminal_sees_how_far_it_is(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    talked(alice)
    moments = count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(moments)))
    terminal = Terminal()
    with progress.Progress(OutputWrapper(terminal), "reindex") as shown:
        for _ in range(3):
            shown.step(1000, "a")
    assert "1,000 conversations, " in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True
