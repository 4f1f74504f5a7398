"""Keys are changed while people use the site: the earlier ones are still taken for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import HuggingFaceToken, User
from accounts.renewal import Given
from accounts.tokens import begin_renewal, end_renewal, keep_given, keep_pasted, token_of
from tests.conversations.commands import manage

pytestmark = pytest.mark.django_db

OLD, NEW = "the-key-before", "the-key-from-now-on"


def access_of(user: User) -> str | None:
    token = token_of(user.id)
    return token.access if token else None


@pytest.fixture
def _changed(settings: Any, alice: User, bob: User) -> None:
    """Alice has pasted a token, Bob has signed in, and then there was a new key."""
    settings.ENCRYPTION_KEY = OLD
    keep_pasted(alice.id, "hf_alice")
    keep_given(bob.id, Given("hf_bob", "again", timezone.now() + timedelta(hours=1)), "bob", wanted=True)
    settings.ENCRYPTION_KEY, settings.ENCRYPTION_KEY_FALLBACKS = NEW, [OLD]


@pytest.mark.usefixtures("_changed")
def test_tokens_are_sealed_anew_and_then_need_the_new_key_only(settings: Any, alice: User, bob: User) -> None:
    assert (access_of(alice), access_of(bob)) == ("hf_alice", "hf_bob")
    assert manage("reseal").out == "Tokens sealed with the new key: 2.\n"
    settings.ENCRYPTION_KEY_FALLBACKS = []
    assert (access_of(alice), access_of(bob)) == ("hf_alice", "hf_bob")
    assert manage("reseal").out == "Tokens sealed with the new key: 0.\n"


@pytest.mark.usefixtures("_changed")
def test_what_no_key_opens_is_counted_and_left(settings: Any, alice: User) -> None:
    settings.ENCRYPTION_KEY_FALLBACKS = ["neither"]
    before = list(HuggingFaceToken.objects.values_list("sealed", flat=True).order_by("pk"))
    assert "Tokens that no key opens: 2." in manage("reseal").out
    assert list(HuggingFaceToken.objects.values_list("sealed", flat=True).order_by("pk")) == before


@pytest.mark.usefixtures("_changed")
def test_what_is_just_being_renewed_is_not_touched(bob: User) -> None:
    token = token_of(bob.id)
    assert token
    assert begin_renewal(token)
    ran = manage("reseal")
    assert (ran.code, ran.out) == (1, "Tokens sealed with the new key: 1.\n")
    assert "Run this again" in ran.err
    end_renewal(token, Given("hf_renewed", "once more", timezone.now() + timedelta(hours=1)))
    assert access_of(bob) == "hf_renewed"
    assert manage("reseal").out == "Tokens sealed with the new key: 0.\n"


def test_who_is_signed_in_stays_so_under_a_new_secret_key(settings: Any, as_alice: Client) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [settings.SECRET_KEY]
    assert as_alice.get("/settings/").status_code == 200
    # The session was signed anew, so the earlier key can go.
    settings.SECRET_KEY_FALLBACKS = []
    assert as_alice.get("/settings/").status_code == 200
    settings.SECRET_KEY = "a third one"
    assert as_alice.get("/settings/").status_code == 302
