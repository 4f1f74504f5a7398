from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.conversations.pages import Page
from tests.site import PASSWORD

pytestmark = pytest.mark.django_db


def sign_up(client: Client, **fields: str) -> int:
    form = {"username": "dora", "password1": PASSWORD, "password2": PASSWORD, **fields}
    return client.post(reverse("account_signup"), form).status_code


def signed_in(client: Client) -> bool:
    return client.get(reverse("conversations:new")).status_code == 200


def test_a_name_and_a_password_are_enough(client: Client) -> None:
    response = client.post(
        reverse("account_signup"), {"username": "dora", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert (response.status_code, response["Location"]) == (302, "/")
    assert signed_in(client)
    assert mail.outbox == []


def test_an_address_is_kept_and_gets_a_link_to_confirm_it(client: Client) -> None:
    assert sign_up(client, email="dora@example.org") == 302
    assert User.objects.get(username="dora").email == "dora@example.org"
    assert mail.outbox[0].to == ["dora@example.org"]
    link = next(word for word in str(mail.outbox[0].body).split() if "/confirm-email/" in word)
    assert client.post(link.removeprefix("http://testserver")).status_code == 302
    assert signed_in(client)


def test_the_first_page_greets_whatever_there_was_to_be_said_about_the_address(client: Client) -> None:
    sign_up(client, email="dora@example.org")
    page = Page(client.get("/c/new/").content.decode())
    assert page.messages == []
    assert page.one("#greeting")


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "not an address"},
        {"email": "dora@"},
        {"username": ""},
        {"username": "do ra<script>"},
        {"username": "d" * 151},
        {"password1": "short", "password2": "short"},
        {"password1": "12345678901", "password2": "12345678901"},
        {"password1": "password123", "password2": "password123"},
        {"password2": "something else entirely"},
    ],
    ids=str,
)
def test_what_is_wrong_is_said_beside_the_field_and_makes_no_account(client: Client, wrong: dict[str, str]) -> None:
    form = {"username": "dora", "password1": PASSWORD, "password2": PASSWORD, **wrong}
    response = client.post(reverse("account_signup"), form)
    assert response.status_code == 200
    assert any(response.context["form"].errors[field] for field in wrong if field in response.context["form"].errors)
    assert "is-invalid" in response.content.decode()
    assert not User.objects.exists()
    assert not signed_in(client)


@pytest.mark.usefixtures("alice")
def test_a_name_is_given_once_however_it_is_written(client: Client) -> None:
    assert sign_up(client, username="Alice") == 200
    assert User.objects.count() == 1


def test_an_address_belongs_to_one_account(client: Client) -> None:
    sign_up(client, email="dora@example.org")
    assert sign_up(Client(), username="eve", email="Dora@example.org") == 200
    assert User.objects.count() == 1


@pytest.mark.parametrize("setting", [{"SIGNUP_OPEN": False}, {"SINGLE_USER": True}], ids=str)
def test_a_closed_site_takes_no_new_accounts_and_offers_none(
    client: Client, settings: object, setting: dict[str, bool]
) -> None:
    for name, value in setting.items():
        setattr(settings, name, value)
    assert "Sign-up is closed" in client.get(reverse("account_signup")).content.decode()
    sign_up(client)
    assert not User.objects.exists()
    if "SIGNUP_OPEN" in setting:
        assert reverse("account_signup") not in client.get(reverse("account_login")).content.decode()


def test_the_wanted_page_is_reached_after_signing_up(client: Client) -> None:
    login = client.get("/c/new/", follow=True)
    assert "?next=%2Fc%2Fnew%2F" in login.content.decode()
    form = {"username": "dora", "password1": PASSWORD, "password2": PASSWORD, "next": "/c/new/"}
    assert client.post(reverse("account_signup"), form)["Location"] == "/c/new/"


@pytest.mark.parametrize("page", ["signup", "password/reset"])
def test_the_address_is_called_what_it_is_called_everywhere_else(client: Client, page: str) -> None:
    assert "E-mail" in client.get(f"/accounts/{page}/").content.decode()
    assert ">Email" not in client.get(f"/accounts/{page}/").content.decode()
