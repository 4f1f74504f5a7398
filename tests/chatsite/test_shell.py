from __future__ import annotations

import json
import re
from typing import Any

import httpx2
import pytest
from django.test import Client
from django.test.utils import override_settings

from chatsite.shell import PAGE_COLORS, SHORT
from tests.plugin import ROOT
from tests.site import Site

HOSTILE = "</script><img src=x onerror=hack()> \"Zebra\" 'n' ${co} \\u2028 {{ name }}"


@pytest.fixture
def stranger(site: Site) -> httpx2.Client:
    return httpx2.Client(base_url=site.url, trust_env=False)


def manifest(client: Client) -> dict[str, Any]:
    fields: dict[str, Any] = client.get("/manifest.webmanifest").json()
    return fields


def kept(client: Client) -> list[str]:
    script = client.get("/service-worker.js").content.decode()
    found = re.search(r'JSON\.parse\("([^"]*)"\)', script)
    assert found
    escaped = re.sub(r"\\u([0-9A-F]{4})", lambda one: chr(int(one[1], 16)), found[1])
    paths: list[str] = json.loads(escaped)
    return paths


def test_the_manifest_says_what_an_app_needs(stranger: httpx2.Client) -> None:
    answer = stranger.get("/manifest.webmanifest")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/manifest+json"
    assert "max-age=3600" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    fields = answer.json()
    assert fields["name"] == fields["short_name"] == "Chatsite"
    assert (fields["start_url"], fields["scope"], fields["display"]) == ("/", "/", "standalone")
    assert [(icon["sizes"], icon["purpose"]) for icon in fields["icons"]] == [
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    ]
    for icon in fields["icons"]:
        picture = stranger.get(icon["src"], headers={"Accept-Encoding": "gzip"})
        assert picture.content == (ROOT / re.sub(r"\.\w{12}\.", ".", icon["src"]).removeprefix("/")).read_bytes()
        assert picture.headers["Content-Type"] == "image/png"
        assert "immutable" in picture.headers["Cache-Control"]
        width, height = (int.from_bytes(picture.content[at : at + 4]) for at in (16, 20))
        assert icon["sizes"] == f"{width}x{height}"


def test_every_page_leads_to_it(stranger: httpx2.Client) -> None:
    page = stranger.get("/accounts/login/").text
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert re.search(r'rel="apple-touch-icon"\s+href="/static/icons/apple-touch-icon\.\w{12}\.png"', page)
    for scheme, color in PAGE_COLORS.items():
        assert re.search(
            rf'content="{color}"\s+data-scheme="{scheme}"\s+media="\(prefers-color-scheme: {scheme}\)"', page
        )


@pytest.mark.parametrize(("chosen", "media"), [("light", ["all", "not all"]), ("dark", ["not all", "all"])])
def test_the_bar_of_the_browser_has_the_chosen_theme(stranger: httpx2.Client, chosen: str, media: list[str]) -> None:
    stranger.cookies["theme"] = chosen
    assert re.findall(r'data-scheme="\w+"\s+media="([^"]+)"', stranger.get("/accounts/login/").text) == media


def test_its_colors_are_those_of_the_pages() -> None:
    tokens = (ROOT / "static/css/tokens.css").read_text(encoding="utf-8")
    assert f"--gray-1: light-dark({PAGE_COLORS['light']}, {PAGE_COLORS['dark']})" in tokens
    assert "--color-page: var(--gray-1)" in tokens


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("The Chat of Us All", "The Chat of"),
        ("Z" * 300, "Z" * SHORT),
        ("天气" * 50, "天气" * 6),
        (HOSTILE, "</script><im"),
    ],
)
def test_the_app_has_the_operator_s_name_whatever_it_is(client: Client, name: str, short: str) -> None:
    with override_settings(SITE_NAME=name):
        fields = manifest(client)
    assert (fields["name"], fields["short_name"]) == (name, short)


@pytest.mark.parametrize(
    ("logo", "kind"),
    [
        ("/static/img/logo.svg", "image/svg+xml"),
        ("https://pictures.example/zebra.PNG?size=2", "image/png"),
        ("https://pictures.example/zebra", None),
    ],
)
def test_the_app_has_the_operator_s_picture_and_none_of_ours(client: Client, logo: str, kind: str | None) -> None:
    with override_settings(SITE_LOGO=logo):
        (icon,) = manifest(client)["icons"]
        pages = [client.get(url).content.decode() for url in ("/accounts/login/", "/offline/")]
    assert (icon["src"], icon["sizes"], icon.get("type")) == (logo, "any", kind)
    for page in pages:
        assert "static/icons/" not in page
        assert "%231b6b57" not in page
        assert '<use href="#mark" />' not in page
        assert re.search(rf'rel="icon" href="{re.escape(logo)}"', page)


def test_the_worker_may_serve_the_whole_site_and_is_asked_for_anew(stranger: httpx2.Client) -> None:
    answer = stranger.get("/service-worker.js")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in answer.headers
    again = stranger.get("/service-worker.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "worker-src 'self'; " in policy
    assert "manifest-src 'self'; " in policy


def test_it_keeps_one_page_with_its_style_and_its_script(stranger: httpx2.Client, client: Client) -> None:
    assert kept(client) == ["/offline/", "/static/css/site.css", "/static/js/offline.js"]
    page = stranger.get("/offline/")
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    linked = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page.text)
    assert [re.sub(r"\.\w{12}\.", ".", url) for url in linked] == ["/static/css/site.css", "/static/js/offline.js"]
    script = stranger.get("/service-worker.js").text
    assert all(url.replace("-", r"\u002D") in script for url in linked)


def test_while_one_develops_it_keeps_the_style_sheets_that_are_one_later(client: Client) -> None:
    bundled = kept(client)
    with override_settings(DEBUG=True):
        found = kept(client)
    sheets = {f"/static/css/{path.name}" for path in (ROOT / "static/css").glob("*.css")}
    assert not sheets < set(bundled)
    assert sheets < set(found)
    assert "/static/vendor/bootstrap/bootstrap.css" in found


@pytest.mark.django_db
def test_the_page_is_the_same_for_everybody(as_alice: Client, client: Client) -> None:
    as_alice.cookies["theme"] = "dark"
    mine, theirs = (who.get("/offline/").content.decode() for who in (as_alice, client))
    assert mine == theirs
    assert "alice" not in mine


def test_the_worker_is_another_one_when_its_page_is(client: Client) -> None:
    with override_settings(SITE_NAME=HOSTILE):
        named, page = client.get("/service-worker.js").content, client.get("/offline/").content.decode()
    assert named != client.get("/service-worker.js").content == client.get("/service-worker.js").content
    assert "<img" not in page
    assert "&lt;/script&gt;&lt;img src=x onerror=hack()&gt;" in page
