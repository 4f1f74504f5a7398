"""In which language a page speaks: the one its reader has chosen, else what their browser asks for, else English."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
WELCOME = {
    "en": "Welcome back",
    "de": "Willkommen zurück",
    "fr": "Heureux de vous revoir",
    "es": "Te damos la bienvenida",
    "zh-hans": "欢迎回来",
}
GERMAN = {"accept-language": "de"}


def chosen(user: User, language: str) -> None:
    user.preferences = {"language": {"value": language, "changed_at": "2026-11-20T12:00:00.000Z"}}
    user.save()


def save(client: Client, language: str) -> Any:
    return client.post("/settings/", json.dumps({"language": language}), content_type="application/json")


def language_of(page: Any) -> str:
    found = re.search(r'<html lang="([^"]+)"', page.content.decode())
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr-CA", "fr"),
        ("es-MX,es;q=0.5", "es"),
        ("zh-CN,zh;q=0.9", "zh-hans"),
        ("zh", "zh-hans"),
        ("zh-Hans-SG", "zh-hans"),
        ("pt-BR, fr;q=0.5, de;q=0.7", "de"),
        ("tlh", "en"),
        ("*", "en"),
        ("", "en"),
        ("de;q=0, fr", "fr"),
        ("de;q=much", "en"),
        ("../../etc/passwd", "en"),
        ("<script>alert(1)</script>", "en"),
        ("de\x00", "en"),
        ("x" * 20_000, "en"),
        ("de," * 5_000 + "fr", "de"),
    ],
    ids=lambda value: value[:30],
)
def test_before_sign_in_the_browser_decides(client: Client, asked: str, language: str) -> None:
    page = client.get("/accounts/login/", headers={"accept-language": asked})
    assert (page.status_code, language_of(page), page.headers["content-language"]) == (200, language, language)
    assert WELCOME[language] in page.content.decode()
    assert {"Accept-Language", "Cookie"} <= set(re.split(r",\s*", page.headers["vary"]))


def test_what_is_chosen_wins_over_the_browser(as_alice: Client, alice: User) -> None:
    assert save(as_alice, "fr").status_code == 204
    assert language_of(as_alice.get("/c/new/", headers=GERMAN)) == "fr"
    assert save(as_alice, "auto").status_code == 204
    assert language_of(as_alice.get("/c/new/", headers=GERMAN)) == "de"


def test_it_is_the_same_in_every_browser_of_theirs(alice: User, bob: User) -> None:
    chosen(alice, "zh-hans")
    assert language_of(signed_in(alice).get("/c/new/")) == "zh-hans"
    assert language_of(signed_in(bob).get("/c/new/")) == "en"


def test_english_can_be_chosen(as_alice: Client, alice: User) -> None:
    chosen(alice, "en")
    assert language_of(as_alice.get("/settings/", headers=GERMAN)) == "en"


def test_a_choice_this_version_does_not_know_leaves_it_to_the_browser(as_alice: Client, alice: User) -> None:
    chosen(alice, "tlh")
    assert language_of(as_alice.get("/c/new/", headers=GERMAN)) == "de"


def test_who_logs_out_still_understands_the_page(as_alice: Client) -> None:
    save(as_alice, "de")
    as_alice.post("/accounts/logout/")
    assert language_of(as_alice.get("/accounts/login/")) == "de"


def test_the_next_to_sign_in_gets_their_own(as_alice: Client, bob: User) -> None:
    save(as_alice, "de")
    as_alice.post("/accounts/logout/")
    as_alice.force_login(bob, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert language_of(as_alice.get("/c/new/")) == "en"
    as_alice.post("/accounts/logout/")
    assert language_of(as_alice.get("/accounts/login/")) == "en"


@pytest.mark.parametrize("cookie", ["xx", "", "../de", "de" * 3000, '"<script>'])
def test_a_forged_cookie_is_none(client: Client, cookie: str) -> None:
    client.cookies["language"] = cookie
    assert language_of(client.get("/accounts/login/", headers=GERMAN)) == "de"


def test_a_form_is_answered_in_the_language_it_chose(as_alice: Client) -> None:
    answer = as_alice.post("/settings/", {"language": "de"}, follow=True)
    assert language_of(answer) == "de"
    assert "Gespeichert." in answer.content.decode()


def test_every_language_is_named_in_itself(as_alice: Client) -> None:
    page = as_alice.get("/settings/", headers=GERMAN).content.decode()
    choices = re.search(r'<select name="language".*?</select>', page, re.DOTALL)
    assert choices
    names = re.findall(r"<option[^>]*>([^<]+)</option>", choices[0])
    assert names == ["Automatisch", "English", "Deutsch", "Français", "Español", "简体中文"]


def test_refusals_and_errors_are_understood_too(as_alice: Client, alice: User) -> None:
    chosen(alice, "de")
    nothing = "/c/00000000-0000-4000-8000-000000000000/"
    assert "Hier ist nichts" in as_alice.get(nothing).content.decode()
    assert as_alice.post(f"{nothing}rename/", {"title": "x"}, content_type="application/json").json()["message"] == (
        "Hier ist nichts, oder es gehört dir nicht."
    )
    refused = as_alice.post("/settings/", "[]", content_type="application/json")
    assert refused.json()["message"] == "Bitte prüfe deine Eingabe."
    signed_out = Client().post("/settings/", "{}", content_type="application/json", headers=GERMAN)
    assert signed_out.json()["message"].startswith("Du bist nicht mehr angemeldet.")
    assert "Hier ist nichts" in Client().get("/nothing/", headers=GERMAN).content.decode()


def test_forms_of_others_speak_it_as_well(client: Client, alice: User) -> None:
    page = client.post("/accounts/login/", {"login": "alice", "password": "wrong"}, headers=GERMAN).content.decode()
    assert "Benutzername oder Passwort stimmen nicht." in page
    assert "Passwort vergessen?" in page


def test_mail_comes_in_the_language_of_who_reads_it(client: Client, alice: User) -> None:
    chosen(alice, "de")
    User.objects.filter(id=alice.id).update(email="alice@example.org")
    client.post("/accounts/password/reset/", {"email": "alice@example.org"}, headers={"accept-language": "fr"})
    [message] = mail.outbox
    assert message.subject == "[Chatsite] Passwort zurücksetzen"
    assert message.body.startswith("Hallo von Chatsite!")
    assert "Dein Benutzername ist alice." in message.body


def test_scripts_find_their_words_in_the_page(client: Client) -> None:
    page = client.get("/accounts/login/", headers=GERMAN).content.decode()
    found = re.search(r'<script id="catalog" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    catalog = json.loads(found[1])
    assert catalog["Copied."] == "Kopiert."
    assert catalog["%(count)s hit"] == ["%(count)s Treffer", "%(count)s Treffer"]
    assert "<" not in found[1]


def test_in_english_they_need_none(client: Client) -> None:
    assert 'id="catalog"' not in client.get("/accounts/login/").content.decode()
