"""A token pasted in the settings: kept for its owner, and told to nobody."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import HuggingFaceToken, User
from accounts.tokens import standing, token_of
from conversations.transcripts import archive
from tests.accounts.test_admin import reachable
from tests.conftest import signed_in
from tests.conversations.commands import manage
from tests.conversations.past import talked

pytestmark = pytest.mark.django_db

TOKEN = "hf_canaryCanaryCANARY"
STORED = "A token is stored. It is never shown again."


def paste(client: Client, token: str = TOKEN) -> Any:
    return client.post("/settings/token/", {"token": token})


def by_script(client: Client, act: str, **fields: str) -> Any:
    return client.post(f"/settings/token/{act}", json.dumps(fields), content_type="application/json")


def kept(user: User) -> str | None:
    token = token_of(user.id)
    return token.access if token else None


def settings_page(client: Client) -> str:
    return client.get("/settings/").content.decode()


def test_it_is_pasted_kept_and_forgotten_by_forms(as_alice: Client, alice: User) -> None:
    answer = paste(as_alice, f" {TOKEN}\n")
    assert (answer.status_code, answer["Location"]) == (303, "/settings/#hugging-face")
    page = settings_page(as_alice)
    assert (STORED in page, 'name="token"' in page) == (True, False)
    assert kept(alice) == TOKEN
    assert as_alice.post("/settings/token/forget/").status_code == 303
    page = settings_page(as_alice)
    assert (STORED in page, 'name="token"' in page) == (False, True)
    assert kept(alice) is None


def test_a_script_does_the_same(as_alice: Client, alice: User) -> None:
    assert by_script(as_alice, "", token=TOKEN).status_code == 204
    assert kept(alice) == TOKEN
    wrong = by_script(as_alice, "", token="sk-1")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["token"])
    assert as_alice.post("/settings/token/", "{", content_type="application/json").status_code == 400
    assert kept(alice) == TOKEN
    assert by_script(as_alice, "forget/").status_code == 204
    assert kept(alice) is None


@pytest.mark.parametrize("wrong", ["", "hf_", "sk-abc", "hf_a b", "hf_ä", "hf_" + "a" * 197, "hf_a\0", "Bearer hf_a"])
def test_what_is_no_token_is_refused_beside_the_field_and_never_shown(
    as_alice: Client, alice: User, wrong: str
) -> None:
    answer = paste(as_alice, wrong)
    html = answer.content.decode()
    assert (answer.status_code, "is-invalid" in html, kept(alice)) == (400, True, None)
    assert len(wrong) < 5 or wrong not in html


def test_a_newer_one_replaces_it(as_alice: Client, alice: User) -> None:
    paste(as_alice)
    paste(as_alice, "hf_newer")
    assert (kept(alice), HuggingFaceToken.objects.count()) == ("hf_newer", 1)


def test_a_stranger_keeps_sees_and_forgets_nothing(
    client: Client, as_alice: Client, as_bob: Client, alice: User
) -> None:
    paste(as_alice)
    assert STORED not in settings_page(as_bob)
    assert as_bob.post("/settings/token/forget/").status_code == 303
    for url in ("/settings/token/", "/settings/token/forget/"):
        assert client.post(url, {"token": "hf_other"})["Location"].startswith("/accounts/login/")
        assert as_alice.get(url).status_code == 405
    assert kept(alice) == TOKEN


def test_a_forged_form_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert paste(client).status_code == 403
    assert client.post("/settings/token/forget/").status_code == 403


def test_the_row_of_one_user_says_nothing_in_the_place_of_anothers(
    as_alice: Client, as_bob: Client, alice: User, bob: User
) -> None:
    paste(as_alice)
    paste(as_bob, "hf_bobs")
    row = HuggingFaceToken.objects.get(user=alice)
    HuggingFaceToken.objects.filter(user=bob).update(sealed=row.sealed)
    assert (kept(alice), kept(bob)) == (TOKEN, None)


def test_with_another_key_it_counts_as_absent_and_is_asked_for_again(
    as_alice: Client, alice: User, settings: Any
) -> None:
    paste(as_alice)
    settings.ENCRYPTION_KEY = "another"
    assert (kept(alice), standing(alice.id).lost) == (None, True)
    page = settings_page(as_alice)
    assert ("Paste it again." in page, STORED in page, 'name="token"' in page) == (True, False, True)
    paste(as_alice)
    assert STORED in settings_page(as_alice)


def test_asking_for_it_costs_one_query(as_alice: Client, alice: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert kept(alice) is None
    paste(as_alice)
    with django_assert_num_queries(1):
        assert kept(alice) == TOKEN


def test_nobody_is_told_it(
    as_alice: Client, alice: User, carol: User, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    conversation = talked(alice)
    seen = [paste(as_alice).content, paste(as_alice, f"{TOKEN} {TOKEN}").content]
    urls = ("/settings/", "/settings/token/", "/c/new/", f"/c/{conversation.id}/")
    seen += [as_alice.get(url).content for url in urls]
    for form in ("json", "md", "txt"):
        exported: Any = as_alice.get(f"/c/{conversation.id}/export/{form}/")
        seen.append(exported.getvalue())
    as_alice.post("/settings/", {"appearance": "dark"})
    objects = [archive().store.get(key) for key in archive().store.keys("")]
    admin = dict(reachable(signed_in(carol)))
    settings.DEBUG = True
    seen.append(as_alice.get("/nothing").content)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            seen.append(str(cursor.fetchall()).encode())
    seen += [stored.data for stored in objects if stored]
    assert any(b"dark" in data for data in seen)
    assert f"/admin/accounts/user/{alice.id}/change/" in admin
    assert not [url for url in admin if "social" in url]
    for form in ("json", "xml"):
        seen.append(manage("dumpdata", "accounts", "socialaccount", "sessions", "--format", form).out.encode())
    everything = b"".join(seen).decode(errors="replace") + str(admin) + caplog.text
    everything += repr(token_of(alice.id)) + str(HuggingFaceToken.objects.get())
    assert TOKEN not in everything
    assert HuggingFaceToken.objects.get().sealed not in str(admin)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("debug", [True, False])
def test_a_page_about_an_error_on_the_way_does_not_tell_it(
    as_alice: Client, settings: Any, debug: bool, caplog: pytest.LogCaptureFixture
) -> None:
    as_alice.get("/settings/")
    settings.DEBUG = debug
    as_alice.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_huggingfacetoken RENAME TO elsewhere")
        answer: Any = paste(as_alice)
        cursor.execute("ALTER TABLE elsewhere RENAME TO accounts_huggingfacetoken")
    assert answer.status_code in {500, 503}
    assert ("huggingfacetoken" in answer.content.decode()) is debug
    assert TOKEN not in answer.content.decode() + caplog.text


def test_it_goes_with_its_owner(as_alice: Client, alice: User) -> None:
    paste(as_alice)
    alice.delete()
    assert not HuggingFaceToken.objects.exists()
