"""The page on which an account is deleted: who may, and what they take with them."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from accounts.models import Closing, User
from conversations.views import account
from tests.accounts.test_closing import JSON, delete
from tests.accounts.test_hugging_face import sign_in
from tests.conversations.past import talked
from tests.openid_provider import Provider

pytestmark = pytest.mark.django_db


async def whole(answer: Any) -> bytes:
    return b"".join([piece async for piece in answer.streaming_content])


@pytest.mark.parametrize("wrong", ["", "bob's long password", "ALICE'S LONG PASSWORD"])
def test_without_the_password_nothing_happens(as_alice: Client, alice: User, wrong: str) -> None:
    row = talked(alice)
    answer = as_alice.post("/settings/account/", {"password": wrong})
    assert answer.status_code == 400
    assert ("This is not your password." if wrong else "This field is required.") in answer.content.decode()
    answer = as_alice.post("/settings/account/", {"password": wrong}, content_type=JSON)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["password"])
    assert not Closing.objects.exists()
    assert as_alice.get(f"/c/{row.id}/").status_code == 200


def test_a_password_is_not_guessed_here(as_alice: Client) -> None:
    answers = [delete(as_alice, password=f"guess {number}").status_code for number in range(12)]
    assert answers[-1] == 429
    assert delete(as_alice).status_code == 429


def test_everything_can_be_taken_along(as_alice: Client, alice: User, bob: User) -> None:
    rows = [talked(alice, title=f"Talk {number % 2}") for number in range(3)]
    talked(bob, title="Bobs")
    as_alice.post(f"/c/{rows[0].id}/archive/", {"on": "true"}, content_type=JSON)
    as_alice.post("/settings/", {"about_me": "A sailor"}, content_type=JSON)
    assert "/settings/export/" in as_alice.get("/settings/account/").content.decode()
    answer = as_alice.get("/settings/export/")
    with ZipFile(BytesIO(async_to_sync(whole)(answer))) as file:
        held = {name: json.loads(file.read(name)) for name in file.namelist()}
    assert held.pop("profile.json")["preferences"]["about_me"]["value"] == "A sailor"
    assert sorted(held) == [f"conversations/Talk {name}.json" for name in ("0 (2)", "0", "1")]
    assert {one["id"] for one in held.values()} == {str(row.id) for row in rows}


def test_on_a_site_for_one_there_is_no_account_to_delete(as_alice: Client, settings: Any) -> None:
    settings.SINGLE_USER = True
    assert as_alice.get("/settings/account/").status_code == 404
    assert "/settings/account/" not in as_alice.get("/settings/").content.decode()


def test_who_has_no_password_signs_in_again_and_types_their_name(
    client: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client)
    monkeypatch.setattr(account, "FRESH", -1)
    page = client.get("/settings/account/").content.decode()
    assert "Sign in with Hugging Face" in page
    assert "Your username" not in page
    assert delete(client, username="dora").status_code == 400
    assert User.objects.get().is_active
    monkeypatch.undo()

    answer = sign_in(client, next="/settings/account/")
    assert (answer.status_code, answer["Location"]) == (302, "/settings/account/")
    page = client.get("/settings/account/").content.decode()
    assert "Your username" in page
    assert "Password" not in page
    assert "This is not your username." in delete(client, username="Dora").content.decode()
    assert delete(client, username="dora").status_code == 200
    assert Closing.objects.exists()
    assert sign_in(Client())["Location"] == "/"
    assert User.objects.filter(username="dora", is_active=True).count() == 1


def test_a_session_of_long_ago_is_no_proof(as_alice: Client, alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    as_alice.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = as_alice.post("/settings/account/", {"username": "alice"}, content_type=JSON)
    assert answer.status_code == 400
    assert not Closing.objects.exists()
