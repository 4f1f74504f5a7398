"""Signing in with Hugging Face, from the button to the account, with a provider that speaks HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client

from accounts.models import HuggingFaceToken, User
from accounts.tokens import forget, keep_pasted, standing, token_of
from tests.openid_provider import Provider

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/oidc/huggingface/login/"
BUTTON = "Sign in with Hugging Face"


def sent_there(client: Client, process: str = "login", **fields: str) -> str:
    """Where the button leads."""
    answer = client.post(f"{LOGIN}?process={process}", fields)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def come_back(client: Client, authorize: str) -> HttpResponseBase:
    back = urlsplit(httpx2.get(authorize, trust_env=False).headers["Location"])
    assert back.netloc == "testserver"
    return client.get(f"{back.path}?{back.query}")


def sign_in(client: Client, process: str = "login", **fields: str) -> Any:
    return come_back(client, sent_there(client, process, **fields))


def me(client: Client) -> str:
    return str(User.objects.get(id=client.session["_auth_user_id"]).username)


def test_a_newcomer_has_an_account_and_a_token_after_one_click(client: Client, provider: Provider) -> None:
    provider.person |= {"email": "dora@example.org", "email_verified": True, "name": "Dora the Explorer"}
    answer = sign_in(client, next="/c/new/")
    assert (answer.status_code, answer["Location"]) == (302, "/c/new/")
    dora = User.objects.get(username="dora")
    assert (me(client), dora.email, dora.has_usable_password()) == ("dora", "dora@example.org", False)
    token = token_of(dora.id)
    assert token
    assert token.access in provider.access
    assert standing(dora.id).account == "dora"


def test_the_request_says_what_is_wanted_and_is_bound_to_this_browser(client: Client, provider: Provider) -> None:
    asked = httpx2.URL(sent_there(client)).params
    assert set(asked["scope"].split()) == {"openid", "profile", "email", "inference-api"}
    assert (asked["code_challenge_method"], asked["redirect_uri"]) == ("S256", f"http://testserver{LOGIN}callback/")
    stranger = Client()
    answer: Any = come_back(stranger, str(httpx2.URL(sent_there(client))))
    assert answer.status_code == 401
    assert "_auth_user_id" not in stranger.session


def test_who_comes_again_is_the_same_and_gets_the_newer_token(client: Client, provider: Provider) -> None:
    sign_in(client)
    sign_in(Client())
    assert (User.objects.count(), SocialAccount.objects.count(), HuggingFaceToken.objects.count()) == (1, 1, 1)
    token = token_of(User.objects.get().id)
    assert token
    assert token.access == provider.given[-2]


def test_a_name_that_is_taken_is_chosen_anew(client: Client, provider: Provider, alice: User) -> None:
    provider.person["preferred_username"] = "Alice"
    answer = sign_in(client)
    assert answer["Location"] == "/accounts/3rdparty/signup/"
    page = client.get(answer["Location"]).content.decode()
    assert "is taken here" in page
    assert [token for token in provider.given if token in page] == []
    assert client.post(answer["Location"], {"username": "alice"}).status_code == 200
    assert client.post(answer["Location"], {"username": "eve"}).status_code == 302
    assert me(client) == "eve"
    assert token_of(User.objects.get(username="eve").id)
    assert token_of(alice.id) is None


def test_a_sign_up_that_waits_in_the_session_waits_sealed(
    client: Client, provider: Provider, alice: User, settings: Any
) -> None:
    provider.person["preferred_username"] = "alice"
    sign_in(client)
    waiting = str([session.get_decoded() for session in Session.objects.all()])
    assert "sealed" in waiting
    assert [token for token in provider.given if token in waiting] == []
    settings.ENCRYPTION_KEY = "another"
    assert client.get("/accounts/3rdparty/signup/")["Location"] == "/accounts/login/"


@pytest.mark.parametrize("verified", [True, False])
@pytest.mark.parametrize("confirmed", [True, False])
def test_nobody_takes_over_an_account_by_its_address(
    client: Client, provider: Provider, alice: User, verified: bool, confirmed: bool
) -> None:
    alice.email = "alice@example.org"
    alice.save()
    EmailAddress.objects.create(user=alice, email="alice@example.org", verified=confirmed, primary=True)
    provider.person |= {"email": "Alice@example.org", "email_verified": verified}
    answer = sign_in(client)
    assert "_auth_user_id" not in client.session
    assert "belongs to an account here" in client.get(answer["Location"]).content.decode()
    wrong = client.post(answer["Location"], {"username": "dora", "email": "alice@example.org"})
    assert "connect Hugging Face in the settings" in wrong.content.decode()
    assert client.post(answer["Location"], {"username": "dora", "email": ""}).status_code == 302
    assert me(client) == "dora"
    assert EmailAddress.objects.get().user == alice
    assert User.objects.get(username="dora").email == ""


def test_an_account_is_connected_in_the_settings_and_then_a_way_in(
    as_alice: Client, alice: User, provider: Provider
) -> None:
    assert BUTTON in as_alice.get("/settings/").content.decode()
    assert sign_in(as_alice, "connect", next="/settings/")["Location"] == "/settings/"
    page = as_alice.get("/settings/").content.decode()
    assert "Your Hugging Face account is connected." in page
    assert "A token is stored. It is never shown again." in page
    other = Client()
    sign_in(other)
    assert (me(other), User.objects.count()) == ("alice", 1)


def test_an_account_of_somebody_else_is_not_connected_and_gives_no_token(
    as_alice: Client, as_bob: Client, alice: User, bob: User, provider: Provider
) -> None:
    sign_in(as_alice, "connect")
    before = token_of(alice.id)
    sign_in(as_bob, "connect", next="/settings/")
    assert "belongs to another account here" in as_bob.get("/settings/").content.decode()
    assert (token_of(bob.id), token_of(alice.id)) == (None, before)


def test_what_was_disconnected_is_no_way_in_and_its_token_is_gone(
    as_alice: Client, alice: User, provider: Provider
) -> None:
    sign_in(as_alice, "connect")
    account = SocialAccount.objects.get()
    assert "dora" in as_alice.get("/accounts/3rdparty/").content.decode()
    assert as_alice.post("/accounts/3rdparty/", {"account": account.pk}).status_code == 302
    assert (token_of(alice.id), SocialAccount.objects.count()) == (None, 0)


def test_the_only_way_in_is_not_cut_off(client: Client, provider: Provider) -> None:
    sign_in(client)
    answer = client.post("/accounts/3rdparty/", {"account": SocialAccount.objects.get().pk})
    assert "Set a password first" in answer.content.decode()
    assert token_of(User.objects.get().id)


def test_a_token_that_was_forgotten_or_pasted_does_not_make_way_for_the_next_sign_in(
    client: Client, provider: Provider
) -> None:
    sign_in(client)
    dora = User.objects.get()
    forget(dora.id)
    sign_in(Client())
    assert token_of(dora.id) is None
    keep_pasted(dora.id, "hf_pasted")
    sign_in(Client())
    token = token_of(dora.id)
    assert token
    assert token.access == "hf_pasted"
    sign_in(client, "connect")
    token = token_of(dora.id)
    assert token
    assert token.access == provider.given[-2]


def test_without_the_scope_the_token_is_not_kept(client: Client, provider: Provider, settings: Any) -> None:
    settings.OAUTH_SCOPES = ["openid", "profile"]
    sign_in(client)
    assert me(client) == "dora"
    assert not HuggingFaceToken.objects.exists()


def test_a_closed_site_takes_nobody_new_but_lets_in_who_is_connected(
    client: Client, as_alice: Client, provider: Provider, settings: Any
) -> None:
    settings.SIGNUP_OPEN = False
    answer = sign_in(client)
    assert "Sign-up is closed" in answer.content.decode()
    assert not User.objects.filter(username="dora").exists()
    sign_in(as_alice, "connect")
    sign_in(client)
    assert me(client) == "alice"


def test_who_says_no_there_is_told_that_nothing_has_changed(client: Client, provider: Provider) -> None:
    provider.allows = False
    answer = sign_in(client)
    assert "nothing has changed here" in client.get(answer["Location"]).content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("broken", ["/.well-known/openid-configuration", "/oauth/token", "/oauth/userinfo"])
def test_a_provider_that_is_broken_is_a_sentence(client: Client, provider: Provider, broken: str) -> None:
    authorize = sent_there(client)
    provider.broken = broken
    answer: Any = come_back(client, authorize)
    assert answer.status_code == 503
    assert "cannot be reached right now" in answer.content.decode()
    assert not User.objects.exists()


def test_a_code_goes_to_the_provider_only(client: Client, provider: Provider) -> None:
    authorize = sent_there(client)
    with Provider() as other:
        provider.elsewhere = other.url
        answer: Any = come_back(client, authorize)
    assert (answer.status_code, other.requests) == (503, [])


def test_a_provider_that_is_away_is_a_sentence(client: Client, provider: Provider) -> None:
    provider.__exit__()
    answer = client.post(f"{LOGIN}?process=login")
    assert answer.status_code == 503
    assert "cannot be reached right now" in answer.content.decode()


def test_a_link_alone_sends_nobody_there_and_asks_for_nothing_more(client: Client, provider: Provider) -> None:
    page = client.get(f"{LOGIN}?process=login")
    assert (page.status_code, BUTTON in page.content.decode()) == (200, True)
    for extra in ("scope=write-repos", "auth_params=redirect_uri%3Dhttps://evil.example", "process=redirect"):
        assert client.post(f"{LOGIN}?{extra}").status_code == 404
    for name in ("openid_connect", "elsewhere"):
        assert client.post(LOGIN.replace("huggingface", name)).status_code == 404
        assert client.get(LOGIN.replace("huggingface", name) + "callback/?code=x&state=x").status_code == 404


def test_nobody_is_sent_elsewhere_afterwards(client: Client, provider: Provider) -> None:
    assert sign_in(client, next="https://evil.example/")["Location"] == "/"


def test_without_a_client_there_is_no_button_and_no_way(client: Client, as_alice: Client) -> None:
    for page in (client.get("/accounts/login/"), client.get("/accounts/signup/"), as_alice.get("/settings/")):
        assert BUTTON not in page.content.decode()
        assert "form-action 'self';" in page["Content-Security-Policy"]
    assert client.post(LOGIN).status_code == 404
    assert client.get(f"{LOGIN}callback/?code=x&state=y").status_code == 404


def test_with_one_the_pages_may_send_forms_there(client: Client, provider: Provider) -> None:
    for url in ("/accounts/login/", "/accounts/signup/"):
        page = client.get(url)
        assert BUTTON in page.content.decode()
        assert f"form-action 'self' {provider.url};" in page["Content-Security-Policy"]


def test_nothing_of_it_is_kept_in_plain_text(client: Client, provider: Provider) -> None:
    provider.person |= {"name": "Dora the Explorer", "picture": "https://example.org/dora.png"}
    sign_in(client)
    assert SocialToken.objects.count() == 0
    with connection.cursor() as cursor:
        kept = ""
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            kept += str(cursor.fetchall())
    assert "dora" in kept
    assert [secret for secret in [*provider.given, "Explorer", "dora.png"] if secret in kept] == []
