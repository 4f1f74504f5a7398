from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.conversations.pages import Page
from tests.mail_server import MailServer
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


def test_who_gave_an_address_reads_where_the_link_went(client: Client) -> None:
    sign_up(client, email="dora@example.org")
    assert "Confirmation email sent to dora@example.org." in client.get(reverse("account_email")).content.decode()


def test_an_address_that_the_mail_server_does_not_take_keeps_nobody_out(client: Client, settings: Any) -> None:
    with MailServer() as server:
        server.refuses["RCPT"] = "550 no such mailbox"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.server_address[1]
        assert sign_up(client, email="dora@exampel.org") == 302
    assert signed_in(client)
    html = client.get(reverse("account_email")).content.decode()
    assert "dora@exampel.org" in html
    assert "Not confirmed yet" in html
    assert "sent to dora" not in html


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
