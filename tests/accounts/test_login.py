from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def log_in(client: Client, login: str, password: str = "alice's long password", **fields: str) -> Any:
    return client.post(LOGIN, {"login": login, "password": password, **fields})


def test_the_name_opens_the_account(client: Client, alice: User) -> None:
    response = log_in(client, "alice")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(alice.id)


def test_the_address_opens_it_too(client: Client, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True, verified=False)
    assert log_in(client, "Alice@Example.org").status_code == 302
    assert client.session["_auth_user_id"] == str(alice.id)


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(("login", "password"), [("alice", "wrong"), ("nobody", "alice's long password"), ("", "")])
def test_anything_else_opens_nothing(client: Client, login: str, password: str) -> None:
    response = log_in(client, login, password)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert "_auth_user_id" not in client.session


def test_a_switched_off_account_stays_closed(client: Client, alice: User) -> None:
    User.objects.filter(id=alice.id).update(is_active=False)
    response = log_in(client, "alice")
    assert "switched off" in client.get(response["Location"]).content.decode()
    assert client.get("/").status_code == 302


@pytest.mark.usefixtures("alice")
def test_the_wanted_page_is_reached_after_signing_in(client: Client) -> None:
    asked = client.get("/c/?after=x")
    assert asked["Location"] == "/accounts/login/?next=/c/%3Fafter%3Dx"
    page = client.get(asked["Location"])
    assert 'name="next" value="/c/?after=x"' in page.content.decode()
    assert log_in(client, "alice", next="/c/?after=x")["Location"] == "/c/?after=x"


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil",
        "\thttps://evil.example",
    ],
)
def test_a_page_elsewhere_is_never_reached(client: Client, elsewhere: str) -> None:
    assert log_in(client, "alice", next=elsewhere)["Location"] == "/"
    assert client.get(LOGIN, {"next": elsewhere})["Location"] == "/"


def test_logging_out_takes_a_click_and_ends_the_session(as_alice: Client) -> None:
    assert as_alice.get(reverse("account_logout")).status_code == 200
    assert as_alice.get("/c/new/").status_code == 200
    assert as_alice.post(reverse("account_logout"))["Location"] == LOGIN
    assert as_alice.get("/c/new/").status_code == 302
    assert not Session.objects.exists()


@pytest.mark.usefixtures("alice")
def test_the_session_outlives_the_browser(client: Client) -> None:
    log_in(client, "alice")
    assert int(client.cookies["sessionid"]["max-age"]) >= 14 * 24 * 60 * 60


@pytest.mark.usefixtures("alice")
def test_guessing_one_password_ends_after_a_few_tries(client: Client) -> None:
    for _ in range(5):
        log_in(client, "alice", "guess")
    refused = log_in(client, "alice")
    assert refused.status_code == 200
    assert "Too many failed login attempts" in refused.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("alice")
def test_asking_for_the_site_under_other_ports_gives_no_more_tries(client: Client) -> None:
    guess = {"login": "alice", "password": "guess"}
    for port in range(8000, 8005):
        client.post(LOGIN, guess, headers={"host": f"testserver:{port}"})
    refused = client.post(LOGIN, guess | {"password": "alice's long password"}, headers={"host": "localhost"})
    assert "Too many failed login attempts" in refused.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("alice")
def test_signing_in_well_costs_no_tries(client: Client) -> None:
    for _ in range(7):
        assert log_in(client, "alice").status_code == 302
        client.post(reverse("account_logout"))


def test_guessing_many_names_is_answered_with_a_page_that_asks_to_wait(client: Client) -> None:
    answers = [log_in(client, f"name-{number}", "guess") for number in range(31)]
    assert [answer.status_code for answer in answers[:30]] == [200] * 30
    assert answers[30].status_code == 429
    assert answers[30]["Retry-After"] == "60"
    assert "Please wait a minute" in answers[30].content.decode()
    assert "Chatsite" in answers[30].content.decode()


@pytest.mark.parametrize(("proxies", "statuses"), [(0, [429, 429]), (1, [429, 200])])
def test_behind_a_proxy_each_visitor_has_tries_of_their_own_and_elsewhere_none_can_pretend(
    client: Client, settings: Any, proxies: int, statuses: list[int]
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    guesser, other = {"x-forwarded-for": "203.0.113.1"}, {"x-forwarded-for": "203.0.113.2"}
    for number in range(30):
        client.post(LOGIN, {"login": f"name-{number}", "password": "guess"}, headers=guesser)
    guess = {"login": "one-more", "password": "guess"}
    assert [client.post(LOGIN, guess, headers=visitor).status_code for visitor in (guesser, other)] == statuses


def test_tries_are_counted_where_every_process_sees_them(client: Client) -> None:
    log_in(client, "alice", "guess")
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM cache WHERE cache_key LIKE %s", ["%login_failed%"])
        assert cursor.fetchone() == (2,)
