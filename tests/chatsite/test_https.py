"""A site whose address is https: what its answers say, what its cookies are, and what Django's own check finds."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
from http.cookies import SimpleCookie
from uuid import uuid4

import httpx2
import pytest
from django.conf import settings
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.module_loading import import_string

from tests.chatsite.test_security import ALWAYS
from tests.plugin import ROOT, blank
from tests.site import PASSWORD, Site, token_in

HOST = "chat.example.org"
HSTS = "max-age=31536000"


class Browser:
    """Comes through the proxy, and keeps the cookies that may only go by https."""

    def __init__(self, site: Site, address: str = "203.0.113.7") -> None:
        self.cookies = SimpleCookie()
        headers = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": address}
        self.http = httpx2.Client(base_url=site.url, headers=headers, timeout=30, trust_env=False)

    def ask(self, verb: str, url: str, **options: object) -> httpx2.Response:
        kept = "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items())
        headers = {"Cookie": kept, "Origin": f"https://{HOST}", **options.pop("headers", {})}  # type: ignore[dict-item]
        answer = self.http.request(verb, url, headers=headers, **options)  # type: ignore[arg-type]
        for set_cookie in answer.headers.get_list("set-cookie"):
            self.cookies.load(set_cookie)
        return answer

    def sign_up(self) -> httpx2.Response:
        form = self.ask("GET", "/accounts/signup/").text
        fields = {"username": f"visitor-{uuid4().hex[:8]}", "password1": PASSWORD, "password2": PASSWORD}
        return self.ask("POST", "/accounts/signup/", data={**fields, "csrfmiddlewaretoken": token_in(form)})

    def send(self, url: str, body: object, **headers: str) -> httpx2.Response:
        token = {"X-CSRFToken": self.cookies["csrftoken"].value, **headers}
        return self.ask("POST", url, json=body, headers=token)


@pytest.fixture(scope="module")
def browser(https_site: Site) -> Browser:
    browser = Browser(https_site)
    assert browser.sign_up().status_code == 302
    return browser


def test_every_answer_of_every_kind_says_what_browsers_shall_keep_to(browser: Browser) -> None:
    conversation = uuid4()
    said = {"message": str(uuid4()), "parent": None, "text": "Hello"}
    answers = {
        "page": browser.ask("GET", "/c/new/"),
        "json": browser.ask("GET", "/c/changes/", headers={"Accept": "application/json"}),
        "redirect": browser.ask("GET", "/admin/"),
        "not found": browser.ask("GET", "/nothing"),
        "not allowed": browser.ask("DELETE", "/settings/", headers={"X-CSRFToken": browser.cookies["csrftoken"].value}),
        "bad request": browser.send("/settings/", {"appearance": "pink"}),
        "forgery": browser.ask("POST", "/settings/", data={}),
        "too large": browser.send("/settings/", {"about_me": "x" * 3_000_000}),
        "another host": browser.ask("GET", "/", headers={"Host": "evil.example"}),
        "stream": browser.send(f"/c/{conversation}/messages/", said, Accept="text/event-stream"),
        "conversation": browser.ask("GET", f"/c/{conversation}/"),
        "export": browser.ask("GET", f"/c/{conversation}/export/md/"),
        "archive": browser.ask("GET", "/settings/export/"),
        "static": browser.ask("GET", "/static/js/app.js"),
        "no static": browser.ask("GET", "/static/nothing.js"),
        "probe": browser.ask("GET", "/healthz"),
        "state": browser.ask("GET", "/readyz"),
        "script": browser.ask("GET", "/service-worker.js"),
        "manifest": browser.ask("GET", "/manifest.webmanifest"),
        "sign-in": browser.ask("GET", "/accounts/login/"),
    }
    assert [answers[name].status_code for name in ("not found", "not allowed", "bad request", "forgery", "too large",
            "another host", "stream")] == [404, 405, 400, 403, 413, 400, 200]  # fmt: skip
    wanted = {**ALWAYS, "strict-transport-security": HSTS, "cross-origin-resource-policy": "same-origin"}
    lacking = {name: [key for key, value in wanted.items() if answer.headers.get(key) != value]
               for name, answer in answers.items()}  # fmt: skip
    assert {name: keys for name, keys in lacking.items() if keys} == {}
    kept = {name for name, answer in answers.items() if "no-store" not in answer.headers["cache-control"]}
    assert kept == {"static", "script", "manifest"}


def test_pages_may_hear_and_nothing_else(browser: Browser) -> None:
    said = dict(one.split("=", 1) for one in ALWAYS["permissions-policy"].split(", "))
    assert said.pop("microphone") == "(self)"
    assert {"camera", "geolocation", "display-capture", "usb", "payment"} <= said.keys()
    assert set(said.values()) == {"()"}


def test_only_what_the_frame_of_a_diagram_runs_may_be_used_without_an_origin(browser: Browser) -> None:
    frame = browser.ask("GET", "/diagram/")
    scripts = re.findall(r'src="([^"]+)"', frame.text)
    assert [browser.ask("GET", url).headers["cross-origin-resource-policy"] for url in scripts] == ["cross-origin"] * 2
    assert frame.headers["cross-origin-resource-policy"] == "same-origin"


def test_cookies_go_by_https_only_and_scripts_read_one_of_them(browser: Browser) -> None:
    session, token = browser.cookies["sessionid"], browser.cookies["csrftoken"]
    assert [bool(cookie["secure"]) for cookie in (session, token)] == [True, True]
    assert [bool(cookie["httponly"]) for cookie in (session, token)] == [True, False]
    assert {cookie["samesite"] for cookie in (session, token)} == {"Lax"}
    assert {cookie["domain"] for cookie in (session, token)} == {""}


def test_the_session_of_before_the_sign_in_is_not_that_of_after(https_site: Site) -> None:
    """Or whoever had planted it could use it."""
    planted = Browser(https_site, "203.0.113.8")
    planted.cookies["sessionid"] = "planted0planted0planted0planted0"
    assert planted.sign_up().status_code == 302
    assert planted.cookies["sessionid"].value != "planted0planted0planted0planted0"
    before = planted.cookies["sessionid"].value
    planted.ask("POST", "/accounts/logout/", data={}, headers={"X-CSRFToken": planted.cookies["csrftoken"].value})
    stale = Browser(https_site, "203.0.113.8")
    stale.cookies["sessionid"] = before
    assert stale.ask("GET", "/c/new/").status_code == 302


def test_plain_http_leads_to_https(https_site: Site) -> None:
    answer = httpx2.get(f"{https_site.url}/c/new/?x=1", headers={"Host": HOST}, trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{HOST}/c/new/?x=1")
    assert "strict-transport-security" not in answer.headers


def test_each_address_signs_up_so_many_and_others_are_not_in_its_way(https_site: Site) -> None:
    """By the address that the proxy saw, whatever visitors say of their own. A network of IPv6 counts as one."""
    browser = Browser(https_site)
    token = token_in(browser.ask("GET", "/accounts/signup/").text)
    fields = {"csrfmiddlewaretoken": token, "username": "", "password1": ""}

    def status(address: str) -> int:
        headers = {"X-Forwarded-For": address}
        return browser.ask("POST", "/accounts/signup/", data=fields, headers=headers).status_code

    assert [status(f"198.51.100.{number}, 203.0.113.9") for number in range(21)] == [200] * 20 + [429]
    assert status("203.0.113.10") == 200
    assert [status(f"2001:db8:1:2::{number}") for number in range(21)] == [200] * 20 + [429]


def test_nothing_is_left_for_the_check_of_django_to_find() -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    environment = blank() | {"SITE_URL": f"https://{HOST}", "SECRET_KEY": secrets.token_urlsafe(48)}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "no issues" in ran.stdout


@pytest.mark.parametrize("kind", [SecurityMiddleware, CsrfViewMiddleware, XFrameOptionsMiddleware])
def test_what_the_check_looks_for_by_name_is_there_by_kind(kind: type) -> None:
    loaded = [import_string(name) for name in settings.MIDDLEWARE]
    assert [one for one in loaded if isinstance(one, type) and issubclass(one, kind)] != []
