"""Deleting one's account: at once for everybody, and then without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from asgiref.sync import async_to_sync
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts import closing as account
from accounts.models import Closing, User
from accounts.tokens import keep_pasted
from conversations import closing
from conversations.branches import in_own_words
from conversations.models import Conversation, Piece, Reply
from conversations.store import StoreUnavailable
from conversations.transcripts import archive
from tests.conftest import signed_in
from tests.conversations.bucket import new_bucket, server
from tests.conversations.commands import manage
from tests.conversations.past import talked, transcript_of
from tests.traces import in_store, in_tables

pytestmark = pytest.mark.django_db(transaction=True)

JSON = "application/json"
CANARY = "zqjxwv"
PASSWORD = {"password": "alice's long password"}


@pytest.fixture(scope="module")
def s3() -> Iterator[int]:
    with server() as port:
        yield port


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "bucket":
        port = request.getfixturevalue("s3")
        access = {"AWS_ACCESS_KEY_ID": "AKEY", "AWS_SECRET_ACCESS_KEY": "a-secret", "AWS_DEFAULT_REGION": "us-east-1"}
        for name, value in {**access, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}.items():
            monkeypatch.setenv(name, value)
        settings.CONVERSATION_STORE = f"s3://{new_bucket(port)}/chatsite"
    settings.TRANSCRIPT_PART_BYTES = 4096
    return str(settings.CONVERSATION_STORE)


@pytest.fixture
def lived_in(alice: User, bob: User, carol: User, as_alice: Client) -> Conversation:
    """All that an account can leave somewhere; the conversation is long enough to have parts."""
    long = talked(alice, [f"{CANARY} {'words ' * 200}{n}" for n in range(12)], title=f"About {CANARY}")
    archive().change(alice.id, long.id, lambda known: known.set_title(f"{CANARY}!", "user", timezone.now()))
    manage("reindex")
    running = talked(alice, [f"Tell me of {CANARY}"], title="Running")
    reply = Reply.objects.create(id=uuid4(), conversation=running, question=uuid4(), backend="guide")
    Piece.objects.create(reply=reply, number=0, text=f"{CANARY} is", reasoning=CANARY)
    for url, fields in {
        f"/c/{long.id}/share/": {"on": "true"},
        f"/c/{long.id}/tags/": {"tags": CANARY},
        f"/c/{long.id}/rename/": {"title": f"My {CANARY}"},
        f"/c/{talked(alice, [CANARY]).id}/delete/": {},
        "/settings/": {"about_me": CANARY},
        "/settings/prompts/": {"command": "mine", "text": CANARY},
        "/settings/presets/": {"name": CANARY},
    }.items():
        answer = as_alice.post(url, fields, content_type=JSON, headers={"Accept": JSON})
        assert answer.status_code < 300, (url, answer.content)
    keep_pasted(alice.id, "hf_token")
    EmailAddress.objects.create(user=alice, email=f"{CANARY}@example.org", primary=True)
    SocialAccount.objects.create(user=alice, provider="huggingface", uid=CANARY)
    User.objects.filter(id=alice.id).update(email=f"{CANARY}@example.org", first_name=CANARY)
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=carol, content_type=kind, object_id=str(alice.id), object_repr=CANARY, action_flag=CHANGE
    )
    talked(bob, ["Bob's own question", "An answer to bob"], title="Bobs plans")
    return long


def delete(client: Client, **fields: str) -> Any:
    return client.post("/settings/account/", fields or PASSWORD)


def looked() -> None:
    """Somebody looks at what is left."""
    Closing.objects.update(seen_at=None)
    async_to_sync(closing.finish_all)()


def settled() -> None:
    """Whoever was let in before has had their time, and somebody looks until nothing more is found."""
    Closing.objects.update(at=F("at") - closing.SETTLED)
    for _ in range(2):
        looked()


@pytest.mark.usefixtures("store")
def test_nothing_mentions_who_has_left_and_others_keep_everything(
    as_alice: Client, alice: User, bob: User, lived_in: Conversation
) -> None:
    of_bob = in_store(archive().store, str(bob.id))
    assert transcript_of(lived_in).parts
    assert {"accounts_user", "conversations_said", "conversations_conversation", "conversations_piece",
            "conversations_tagged", "account_emailaddress", "django_admin_log"} <= in_tables(CANARY)  # fmt: skip
    assert {"django_session", "cache"} <= in_tables(str(alice.id))
    assert len(in_store(archive().store, str(alice.id))) > 4

    answer = delete(as_alice)
    assert (answer.status_code, "Your account is deleted" in answer.content.decode()) == (200, True)
    looked()
    settled()

    for word in (str(alice.id), CANARY, "alice"):
        assert (word, in_tables(word), in_store(archive().store, word)) == (word, set(), [])
    assert in_store(archive().store, str(bob.id)) == of_bob
    assert [row.title for row in Conversation.objects.all()] == ["Bobs plans"]
    assert set(User.objects.values_list("username", flat=True)) == {"bob", "carol"}
    assert manage("reindex").code == 0
    assert set(User.objects.values_list("username", flat=True)) == {"bob", "carol"}


def test_at_once_nobody_is_signed_in_to_it_and_its_links_are_dead(
    as_alice: Client, alice: User, client: Client
) -> None:
    elsewhere, row = signed_in(alice), talked(alice)
    url = as_alice.post(f"/c/{row.id}/share/", {"on": "true"}, content_type=JSON).json()["url"]
    reply = Reply.objects.create(id=uuid4(), conversation=row, question=uuid4(), backend="guide")
    delete(as_alice)
    for browser in (as_alice, elsewhere):
        assert browser.get("/c/new/").status_code == 302
    assert client.get(url).status_code == 404
    assert client.post("/accounts/login/", {"login": "alice", **PASSWORD}).status_code == 200
    reply.refresh_from_db()
    assert reply.stop_requested
    fields = {"username": "alice", "password1": "quite another one", "password2": "quite another one"}
    assert client.post("/accounts/signup/", fields).status_code == 302
    assert client.get("/c/new/").status_code == 200


def test_what_cannot_be_deleted_now_is_deleted_later(
    as_alice: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        talked(alice)
    store, attempts = archive().store, []
    real = store.delete

    def failing(key: str) -> None:
        attempts.append(key)
        if len(attempts) == 2:
            raise StoreUnavailable("away")
        real(key)

    monkeypatch.setattr(store, "delete", failing)
    delete(as_alice)
    settled()
    assert len(attempts) > 3
    looked()
    assert not User.objects.filter(id=alice.id).exists()
    assert in_store(store, str(alice.id)) == []


def test_one_who_dies_in_the_middle_is_followed_by_another(as_alice: Client, alice: User) -> None:
    talked(alice)
    delete(as_alice)
    (left,) = account.left_alone()
    assert account.claim(left)
    assert account.left_alone() == []
    Closing.objects.update(seen_at=timezone.now() - account.LEASE - timedelta(seconds=1))
    (again,) = account.left_alone()
    assert account.claim(again)
    assert not account.renew(left)


def test_what_a_late_writer_makes_is_found_by_the_last_look(as_alice: Client, alice: User) -> None:
    row = talked(alice, [CANARY])
    late = transcript_of(row)
    delete(as_alice)
    looked()
    archive().create(late)
    settled()
    assert in_store(archive().store, str(alice.id)) == []
    assert not User.objects.filter(id=alice.id).exists()


def test_who_was_let_in_before_takes_back_what_they_made(as_alice: Client, alice: User) -> None:
    row = talked(alice, [CANARY])
    known = transcript_of(row)
    closing.close(alice.id)
    settled()
    archive().create(known)
    assert async_to_sync(closing.forget_if_closed)(alice.id, row.id)
    assert in_store(archive().store, str(alice.id)) == []


def test_what_others_do_is_not_in_the_way(as_alice: Client, alice: User) -> None:
    """A reply that ends after its account does neither brings the object back nor a row."""
    row = talked(alice, ["Hello", "Hi"])
    opened = archive().load(alice.id, row.id)
    assert opened
    delete(as_alice)
    looked()
    said = opened.transcript.ordered()[-1]
    opened.transcript.add(in_own_words(said, str(uuid4()), CANARY, timezone.now()))
    with pytest.raises(Exception, match=str(row.id)):
        archive().save(opened)
    assert in_store(archive().store, CANARY) == []


def test_reindex_in_the_middle_does_not_bring_it_back(as_alice: Client, alice: User) -> None:
    talked(alice, [CANARY])
    closing.close(alice.id)
    Conversation.objects.all().delete()
    assert manage("reindex").code == 0
    assert not Conversation.objects.exists()


def test_staff_delete_an_account_as_its_owner_would(alice: User, carol: User, lived_in: Conversation) -> None:
    as_carol = signed_in(carol)
    page = as_carol.get(f"/admin/accounts/user/{alice.id}/delete/")
    assert CANARY not in page.content.decode()
    assert as_carol.post(f"/admin/accounts/user/{alice.id}/delete/", {"post": "yes"}).status_code == 302
    settled()
    for word in (str(alice.id), CANARY):
        assert (in_tables(word), in_store(archive().store, word)) == (set(), [])
    assert list(LogEntry.objects.values_list("object_repr", flat=True)) == ["a user"]


def test_staff_delete_several_at_once(alice: User, bob: User, carol: User) -> None:
    for one in (alice, bob):
        talked(one)
    fields = {"action": "delete_selected", "_selected_action": [str(alice.id), str(bob.id)], "post": "yes"}
    assert signed_in(carol).post("/admin/accounts/user/", fields).status_code == 302
    settled()
    assert list(User.objects.values_list("username", flat=True)) == ["carol"]
    assert list(archive().store.keys("users/")) == []
