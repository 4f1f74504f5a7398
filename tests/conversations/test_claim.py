"""A user is given the conversations that the store keeps under an old id of theirs."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from conversations.models import Conversation
from tests.conftest import signed_in
from tests.conversations.commands import manage
from tests.conversations.past import talked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def old(alice: User) -> UUID:
    """The id of an alice whose account is lost, but not what she said."""
    talked(alice, title="Rome")
    number = alice.id
    alice.delete()
    return number


def new_alice() -> User:
    return User.objects.create_user("alice", "alice@example.org", "alice's new long password")


def titles_of(user: User) -> list[str]:
    return list(Conversation.objects.owned_by(user).values_list("title", flat=True))


def test_a_user_gets_what_was_said_under_their_name_and_keeps_all_they_have(old: UUID, client: Client) -> None:
    alice = new_alice()
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True)
    alice.groups.add(Group.objects.create(name="editors"))
    browser = signed_in(alice)
    ran = manage("reindex", "--claim", "alice")
    assert (ran.code, ran.out.splitlines()[0]) == (0, f"alice has the id {old} now, and has to sign in again.")
    again = User.objects.get(username="alice")
    assert (again.id, titles_of(again)) == (old, ["Rome"])
    assert (EmailAddress.objects.filter(user=again).count(), again.groups.count(), User.objects.count()) == (1, 1, 1)
    assert browser.get("/c/new/").status_code == 302
    assert Session.objects.count() >= 1
    assert client.login(username="alice", password="alice's new long password")


def test_it_works_after_a_reindex_that_did_not_claim(old: UUID) -> None:
    new_alice()
    manage("reindex")
    assert sorted(User.objects.values_list("username", flat=True)) == ["alice", "alice-2"]
    assert manage("reindex", "--claim", "alice").code == 0
    assert titles_of(User.objects.get()) == ["Rome"]


def test_who_has_conversations_would_lose_them_and_is_refused(old: UUID) -> None:
    alice = new_alice()
    row = talked(alice)
    for _ in range(2):
        ran = manage("reindex", "--claim", "alice")
        assert ran.code == 1
        assert "alice has conversations of their own" in ran.err
        # Without its row too: the store still has it.
        Conversation.objects.filter(id=row.id).delete()
    assert User.objects.get().id == alice.id


def test_an_id_that_somebody_signs_in_with_is_not_given_away(old: UUID, bob: User) -> None:
    new_alice()
    User.objects.create_user("alice-of-old", id=old, password="a password of her own")
    ran = manage("reindex", "--claim", "alice")
    assert ran.code == 1
    assert "The store has no conversations of a user called alice that nobody signs in as." in ran.err
    assert manage("reindex", "--claim", f"alice={old}").code == 1


def test_of_several_owners_with_one_name_the_operator_says_which(old: UUID) -> None:
    other = uuid4()
    talked(User.objects.create_user("alice", id=other), title="Oslo")
    User.objects.all().delete()
    new_alice()
    ran = manage("reindex", "--claim", "alice")
    assert ran.code == 1
    assert all(f"--claim alice={each}" in ran.err for each in (old, other))
    assert manage("reindex", "--claim", f"alice={old}").code == 0
    assert titles_of(User.objects.get(username="alice")) == ["Rome"]


@pytest.mark.parametrize(("claim", "why"), [("nobody", "There is no user nobody."), ("alice=7", "7 is not an id.")])
def test_nonsense_is_refused_with_a_sentence(alice: User, claim: str, why: str) -> None:
    ran = manage("reindex", "--claim", claim)
    assert (ran.code, why in ran.err) == (1, True)
