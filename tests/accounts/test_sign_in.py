from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

pytestmark = pytest.mark.django_db

OPEN = {
    "/metrics",
    "/manifest.webmanifest",
    "/service-worker.js",
    "/offline/",
    "/diagram/",
    f"/share/{UUID(int=1)}/",
    "/accounts/login/",
    "/accounts/logout/",
    "/accounts/signup/",
    "/accounts/inactive/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/x/",
    "/accounts/login/code/confirm/",
    "/accounts/3rdparty/login/cancelled/",
    "/accounts/3rdparty/signup/",
    "/accounts/oidc/x/login/",
    "/accounts/oidc/x/login/callback/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/x-x/",
    "/accounts/password/reset/key/done/",
    "/admin/login/",
}


def examples(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """An address for every pattern there is, so that a new one cannot be forgotten here."""
    for entry in resolver.url_patterns:
        path = prefix + example(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from examples(entry, path)
        elif isinstance(entry, URLPattern):
            yield path


def example(pattern: str) -> str:
    pattern = re.sub(r"<uuid:\w+>", str(UUID(int=1)), pattern)
    pattern = re.sub(r"\(\?P<\w+>(\w+)\|[^)]*\)", r"\1", pattern)
    pattern = re.sub(r"\(\?P<\w+>[^)]*\)", "x", pattern)
    return re.sub(r"<[\w:]+>", "x", pattern).removeprefix("^").removesuffix("$")


ALL = sorted(set(examples(get_resolver())))
CLOSED = [url for url in ALL if url not in OPEN]


def test_the_list_is_complete() -> None:
    assert {resolve(url).view_name for url in ALL} >= {"home", "conversations:messages", "account_email", "admin:index"}
    assert set(ALL) >= OPEN
    assert len(CLOSED) > 30


@pytest.mark.parametrize("url", CLOSED)
def test_a_person_signs_in_first_and_comes_back_here(client: Client, url: str) -> None:
    doors = [reverse("account_login"), *([reverse("admin:login")] if url.startswith("/admin/") else [])]
    for response in (client.get(url), client.post(url)):
        assert response.status_code == 302
        assert response["Location"] in {f"{door}?next={quote(url)}" for door in doors}


@pytest.mark.parametrize("url", CLOSED)
def test_a_script_is_told_that_nobody_is_signed_in(client: Client, url: str) -> None:
    for response in (
        client.get(url, headers={"accept": "application/json"}),
        client.get(url, headers={"accept": "text/event-stream"}),
        client.post(url, {"text": "hello"}, "application/json"),
    ):
        assert response.status_code == 401
        assert response.json()["code"] == "auth"


@pytest.mark.parametrize("url", sorted(OPEN))
def test_what_is_open_answers_without_a_session(client: Client, url: str) -> None:
    response = client.get(url, follow=True)
    # Nothing is shared under that link, there is nobody else to sign in with, and the numbers are for staff.
    assert response.status_code == (404 if url.startswith(("/share/", "/accounts/oidc/", "/metrics")) else 200)
    assert all(step in {(reverse("account_login"), 302), ("/accounts/password/reset/key/x-set-password/", 302)}
               for step in response.redirect_chain)  # fmt: skip


@pytest.mark.parametrize("url", ["/nothing", "/c/nothing/", "/accounts/nothing/", "/static/nothing.css", "/%00"])
def test_what_does_not_exist_is_the_same_for_everybody(client: Client, as_alice: Client, url: str) -> None:
    for visitor in (client, as_alice):
        assert visitor.get(url).status_code == 404
        script = visitor.get(url, headers={"accept": "application/json"})
        assert (script.status_code, script.json()["code"]) == (404, "not_found")


def test_a_session_that_has_been_deleted_counts_for_nothing(as_alice: Client) -> None:
    as_alice.session.delete()
    assert as_alice.get("/c/new/").status_code == 302


@pytest.mark.parametrize("made_up", ["0123456789abcdef0123456789abcdef", '"\\000aaa"', "x" * 5000, "../../etc"])
def test_a_made_up_session_counts_for_nothing(client: Client, made_up: str) -> None:
    assert client.get("/c/new/", headers={"cookie": f"sessionid={made_up}"}).status_code == 302
