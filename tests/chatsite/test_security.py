from __future__ import annotations

import uuid

import httpx2
import pytest
from django.test import Client

from chatsite.security import HEADERS, policy
from tests.site import Site, Visitor

ALWAYS = {
    "content-security-policy": policy(""),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": HEADERS["Permissions-Policy"],
}


@pytest.fixture(scope="module")
def visitor(site: Site) -> Visitor:
    return site.visitor()


def lacking(answer: httpx2.Response) -> list[str]:
    return [name for name, value in ALWAYS.items() if answer.headers.get(name) != value]


def test_nothing_runs_and_nothing_is_fetched_from_elsewhere() -> None:
    rules = dict(rule.split(" ", 1) for rule in policy("").split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "'self' data:"
    assert "unsafe" not in policy("")
    assert {rules[name] for name in ("script-src", "style-src", "connect-src", "form-action")} == {"'self'"}


@pytest.mark.parametrize(
    ("logo", "allowed"),
    [
        ("", "'self' data:"),
        ("/static/img/logo.svg", "'self' data:"),
        ("https://example.org/logo.svg", "'self' data: https://example.org/logo.svg"),
        ("https://example.org/logo.svg?v=2#a", "'self' data: https://example.org/logo.svg"),
    ],
)
def test_a_logo_elsewhere_is_allowed_and_nothing_beside_it(logo: str, allowed: str) -> None:
    assert policy(logo).replace(f"img-src {allowed};", "img-src 'self' data:;") == policy("")


@pytest.mark.parametrize(
    ("url", "status", "accept"),
    [
        ("/c/new/", 200, "text/html"),
        ("/", 302, "text/html"),
        ("/nothing", 404, "text/html"),
        ("/nothing", 404, "application/json"),
        ("/static/js/app.js", 200, "*/*"),
        ("/static/nothing.js", 404, "*/*"),
        ("/readyz", 200, "*/*"),
        ("/accounts/password/change/", 200, "text/html"),
        ("/admin/", 302, "text/html"),
        ("/c/new/x", 404, "text/html"),
    ],
)
def test_every_kind_of_answer_is_guarded(visitor: Visitor, url: str, status: int, accept: str) -> None:
    answer = visitor.http.get(url, headers={"Accept": accept})
    assert (answer.status_code, lacking(answer)) == (status, [])


def test_a_stream_is_guarded(visitor: Visitor) -> None:
    body = {"message": str(uuid.uuid4()), "parent": None, "text": "[[say: safe]]"}
    headers = {**visitor.headers, "Accept": "text/event-stream"}
    answer = visitor.http.post(f"/c/{uuid.uuid4()}/messages/", json=body, headers=headers)
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "event: done" in answer.text
    assert lacking(answer) == []


def test_a_refused_host_is_guarded(visitor: Visitor) -> None:
    answer = visitor.http.get("/c/new/", headers={"Host": "evil.example"})
    assert (answer.status_code, lacking(answer)) == (400, [])
    assert "That request was not understood." in answer.text


def test_scripts_of_the_page_cannot_read_the_session(visitor: Visitor) -> None:
    form = httpx2.Client(base_url=visitor.http.base_url, trust_env=False)
    token = form.get("/accounts/login/").cookies["csrftoken"]
    fields = {"login": visitor.username, "password": "correct horse battery", "csrfmiddlewaretoken": token}
    cookies = form.post("/accounts/login/", data=fields, headers={"Referer": str(form.base_url)}).headers.get_list(
        "set-cookie"
    )
    session = next(cookie for cookie in cookies if cookie.startswith("sessionid="))
    assert "HttpOnly" in session
    assert all("SameSite=Lax" in cookie and "Secure" not in cookie for cookie in cookies)


@pytest.mark.parametrize("url", ["/c/{id}/messages/", "/c/{id}/rename/", "/c/{id}/delete/", "/accounts/logout/"])
def test_a_post_without_the_token_is_refused_in_words_for_whoever_asked(visitor: Visitor, url: str) -> None:
    url = url.format(id=uuid.uuid4())
    page = visitor.http.post(url, data={"text": "hello"})
    assert page.status_code == 403
    assert "This page is out of date. Reload it and try again." in page.text
    script = visitor.http.post(url, json={"text": "hello"})
    assert script.status_code == 403
    assert script.json()["code"] == "csrf"
    assert script.json()["message"] == "This page is out of date. Reload it and try again."
    assert visitor.http.get("/c/new/").status_code == 200


def test_a_form_of_another_site_is_refused(visitor: Visitor) -> None:
    headers = {**visitor.headers, "Origin": "https://evil.example"}
    assert visitor.http.post("/accounts/logout/", data={}, headers=headers).status_code == 403


@pytest.fixture
def secure(settings: object) -> None:
    """What follows from SITE_URL=https://chat.example.org."""
    names = ("SECURE", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    values = dict.fromkeys(names, True) | {"SECURE_HSTS_SECONDS": 31536000, "ALLOWED_HOSTS": ["chat.example.org"]}
    for name, value in values.items():
        setattr(settings, name, value)


@pytest.mark.django_db
@pytest.mark.usefixtures("secure")
def test_with_https_cookies_are_secure_and_browsers_stay_with_it(client: Client) -> None:
    page = client.get("/accounts/login/", secure=True, headers={"host": "chat.example.org"})
    assert page.cookies["csrftoken"]["secure"]
    assert page["Strict-Transport-Security"] == "max-age=31536000"
    plain = client.get("/c/new/?x=1", headers={"host": "chat.example.org"})
    assert (plain.status_code, plain["Location"]) == (301, "https://chat.example.org/c/new/?x=1")


@pytest.mark.django_db
def test_pages_of_one_user_are_kept_by_no_shared_cache(as_alice: Client) -> None:
    assert "Cookie" in as_alice.get("/c/new/")["Vary"]
