from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.ports import free_port

pytestmark = pytest.mark.django_db

NEW = "an entirely new pass phrase"


@pytest.fixture
def reachable(alice: User) -> User:
    """Alice, with the address alice@example.org."""
    EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True, verified=True)
    return alice


def link_sent(client: Client, address: str = "alice@example.org") -> str:
    """The path in the e-mail that a request for a reset sends."""
    assert client.post(reverse("account_reset_password"), {"email": address})["Location"] == reverse(
        "account_reset_password_done"
    )
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


def opens(username: str, password: str) -> bool:
    return Client().login(username=username, password=password)


def test_changing_the_password_takes_the_old_one_and_keeps_the_session(as_alice: Client) -> None:
    url = reverse("account_change_password")
    form = {"oldpassword": "wrong", "password1": NEW, "password2": NEW}
    assert as_alice.post(url, form).status_code == 200
    assert not opens("alice", NEW)
    assert as_alice.post(url, {**form, "oldpassword": "alice's long password"}).status_code == 302
    assert opens("alice", NEW)
    assert not opens("alice", "alice's long password")
    assert as_alice.get("/c/new/").status_code == 200


def test_changing_the_password_ends_every_other_session(as_alice: Client) -> None:
    elsewhere = Client()
    elsewhere.post(reverse("account_login"), {"login": "alice", "password": "alice's long password"})
    assert elsewhere.get("/c/new/").status_code == 200
    form = {"oldpassword": "alice's long password", "password1": NEW, "password2": NEW}
    as_alice.post(reverse("account_change_password"), form)
    assert elsewhere.get("/c/new/").status_code == 302


@pytest.mark.usefixtures("reachable")
def test_a_link_by_mail_sets_a_new_password_once(client: Client) -> None:
    link = link_sent(client)
    form_at = client.get(link)["Location"]
    assert "Set a new password" in client.get(form_at).content.decode()
    assert client.post(form_at, {"password1": NEW, "password2": NEW}).status_code == 302
    assert opens("alice", NEW)
    for visitor in (client, Client()):
        again = visitor.get(link, follow=True)
        assert "This link does not work" in again.content.decode()
        assert 'name="password1"' not in again.content.decode()


@pytest.mark.parametrize("login", ["alice", "alice@example.org"])
@pytest.mark.usefixtures("reachable")
def test_who_has_a_new_password_need_not_wait_for_the_wrong_ones_of_before(client: Client, login: str) -> None:
    for _ in range(5):
        client.post(reverse("account_login"), {"login": login, "password": "guess"})
    form_at = client.get(link_sent(client))["Location"]
    client.post(form_at, {"password1": NEW, "password2": NEW})
    client.post(reverse("account_login"), {"login": login, "password": NEW})
    assert client.get("/c/new/").status_code == 200


@pytest.mark.usefixtures("reachable")
def test_a_link_that_somebody_changed_does_not_work(client: Client) -> None:
    link = link_sent(client)
    broken = link[:-2] + ("a" if link[-2] != "a" else "b") + "/"
    assert "This link does not work" in client.get(broken, follow=True).content.decode()


@pytest.mark.usefixtures("reachable")
def test_a_weak_new_password_is_refused(client: Client) -> None:
    form_at = client.get(link_sent(client))["Location"]
    assert client.post(form_at, {"password1": "alice", "password2": "alice"}).status_code == 200
    assert opens("alice", "alice's long password")


@pytest.mark.usefixtures("reachable")
def test_nobody_learns_which_addresses_have_accounts(client: Client) -> None:
    url = reverse("account_reset_password")
    known = client.post(url, {"email": "alice@example.org"})
    unknown = client.post(url, {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert "/password/reset/key/" not in str(mail.outbox[1].body)


@pytest.mark.usefixtures("reachable")
def test_the_link_goes_to_this_site_whatever_host_was_asked_for(client: Client) -> None:
    response = client.post(reverse("account_reset_password"), {"email": "alice@example.org"}, HTTP_HOST="evil.example")
    assert response.status_code == 400
    assert mail.outbox == []


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize("host", ["testserver:8443", "localhost:8443"])
def test_the_link_leads_to_no_other_port_and_no_other_name_than_the_site_has(
    client: Client, settings: Any, host: str
) -> None:
    """There may listen whoever has an account on the same machine, or on that of the reader."""
    settings.SITE_URL = "http://testserver"
    client.post(reverse("account_reset_password"), {"email": "alice@example.org"}, headers={"host": host})
    client.post(
        reverse("account_signup"),
        {"username": "dora", "password1": NEW, "password2": NEW, "email": "dora@example.org"},
        headers={"host": host},
    )
    for letter, path in zip(mail.outbox, ("password/reset/key", "confirm-email"), strict=True):
        (link,) = re.findall(rf"\S+/{path}/\S+", str(letter.body))
        assert link.startswith(f"http://testserver/accounts/{path}/")


@pytest.mark.usefixtures("reachable")
def test_a_mail_server_that_is_away_is_named_and_tells_nothing(client: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    client.raise_request_exception = False
    for address in ("alice@example.org", "nobody@example.org"):
        answer = client.post(reverse("account_reset_password"), {"email": address})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
        assert "The e-mail could not be sent." in answer.content.decode()
