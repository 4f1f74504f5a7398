from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.site import PASSWORD, Site, Visitor, running, token_in

LOGO = "https://pictures.example/zebra.svg"


@pytest.fixture(scope="module")
def zebra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Somebody's own site: their name, words and logo, and their e-mails in a folder."""
    mails = tmp_path_factory.mktemp("mails")
    with running(
        tmp_path_factory.mktemp("zebra"),
        SITE_NAME="Zebra",
        SITE_WELCOME="Come in, dear stripes.",
        SITE_LOGO=f"{LOGO}?size=2",
        EMAIL_URL=f"filemail:///{mails}",
    ) as site:
        site.settings["MAILS"] = str(mails)
        yield site


@pytest.fixture(scope="module")
def zoe(zebra: Site) -> Visitor:
    return zebra.visitor()


PAGES = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/logout/",
    "/accounts/inactive/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/x-x/",
    "/accounts/password/reset/key/done/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/x/",
    "/c/new/",
    "/c/",
    "/nothing",
]


@pytest.mark.parametrize("url", PAGES)
def test_no_page_speaks_in_another_name(zebra: Site, zoe: Visitor, url: str) -> None:
    with httpx2.Client(base_url=zebra.url, trust_env=False) as stranger:
        for visitor in (zoe.http, stranger):
            html = visitor.get(url, follow_redirects=True).text
            assert "chatsite" not in html.lower()
            assert "Zebra" in html or url == "/c/"


def test_the_logo_and_the_welcome_are_the_operator_s(zebra: Site, zoe: Visitor) -> None:
    page = zoe.http.get("/c/new/")
    assert "Come in, dear stripes." in page.text
    login = zoe.http.get("/accounts/password/reset/")
    assert f'src="{LOGO}?size=2"' in login.text
    assert f"img-src 'self' data: {LOGO};" in login.headers["Content-Security-Policy"]


def test_errors_speak_in_that_name(zebra: Site, zoe: Visitor) -> None:
    for answer, status in (
        (zoe.http.get("/nothing"), 404),
        (zoe.http.get("/c/new/", headers={"Host": "elsewhere.example"}), 400),
        (zoe.http.post("/accounts/password/reset/"), 403),
    ):
        assert answer.status_code == status
        assert "Zebra</title>" in answer.text
        assert "chatsite" not in answer.text.lower()


def test_the_guide_answers_under_that_name(zoe: Visitor) -> None:
    said = zoe.say("What can I do here?")
    html = zoe.http.get(f"/c/{said.conversation}/").text
    assert "Zebra guide" in html
    assert "Chatsite guide" not in html + str(said["started"])


def test_letters_are_signed_with_that_name(zebra: Site) -> None:
    visitor = Visitor(zebra.url)
    form = visitor.http.get("/accounts/email/").text
    fields = {"email": "zoe@example.org", "action_add": "", "csrfmiddlewaretoken": token_in(form)}
    assert visitor.http.post("/accounts/email/", data=fields, headers=visitor.headers).status_code == 302
    visitor.http.post("/accounts/logout/", data={}, headers=visitor.headers)
    for address in ("zoe@example.org", "nobody@example.org"):
        form = visitor.http.get("/accounts/password/reset/").text
        fields = {"email": address, "csrfmiddlewaretoken": token_in(form)}
        assert visitor.http.post("/accounts/password/reset/", data=fields, headers=visitor.headers).status_code == 302
    # Of the same second, two may have come into one file.
    files = [path.read_text(encoding="utf-8") for path in Path(zebra.settings["MAILS"]).iterdir()]
    letters = [letter for file in files for letter in file.split("-" * 79) if letter.strip()]
    assert len(letters) == 3
    for letter in letters:
        assert "From: Zebra <noreply@localhost>" in letter
        assert re.search(r"^Subject: \[Zebra\] ", letter, re.MULTILINE)
        assert "Hello from Zebra!" in letter
        assert "chatsite" not in letter.lower()


def test_the_operator_is_greeted_in_that_name(zebra: Site) -> None:
    assert f"Zebra runs at {zebra.url}" in zebra.log.read_text(encoding="utf-8")
    assert PASSWORD not in zebra.log.read_text(encoding="utf-8")
