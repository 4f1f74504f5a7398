from __future__ import annotations

import re

import httpx2
import pytest

from tests.plugin import ROOT
from tests.site import Site


@pytest.fixture
def frame(site: Site) -> httpx2.Response:
    """For somebody who has not signed in: there is nothing of anybody in it."""
    return httpx2.get(f"{site.url}/diagram/", trust_env=False)


def test_the_frame_of_a_diagram_may_draw_and_nothing_else(site: Site, frame: httpx2.Response) -> None:
    rules = dict(rule.split(" ", 1) for rule in frame.headers["Content-Security-Policy"].split("; "))
    scripts = re.findall(r'<script src="(/static/[^"]+)" defer></script>', frame.text)
    assert rules == {
        "default-src": "'none'",
        "script-src": " ".join(f"{site.url}{script}" for script in scripts),
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "allow-scripts",
    }
    assert [re.sub(r"\.\w{12}\.", ".", script).rpartition("/")[2] for script in scripts] == [
        "mermaid.min.js",
        "drawing.js",
    ]


def test_only_our_own_pages_may_hold_it(frame: httpx2.Response) -> None:
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert frame.headers["X-DNS-Prefetch-Control"] == "off"
    assert "Set-Cookie" not in frame.headers
    assert frame.headers["Cache-Control"] == "no-cache"


def test_it_says_in_which_language_it_is(site: Site) -> None:
    for language in ("en", "de"):
        frame = httpx2.get(f"{site.url}/diagram/", headers={"Accept-Language": language}, trust_env=False)
        assert f'<html lang="{language}">' in frame.text


def test_pages_may_frame_nothing_of_others_and_be_framed_by_nobody(site: Site) -> None:
    page = httpx2.get(f"{site.url}/accounts/login/", trust_env=False)
    assert "frame-src 'self';" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "mermaid" not in page.text.lower()


def test_what_draws_is_as_it_was_published() -> None:
    folder = ROOT / "static/vendor/mermaid"
    assert "MIT License" in (folder / "LICENSE").read_text(encoding="utf-8")
    version = re.search(r"mermaid@([\d.]+)", (folder / "README.md").read_text(encoding="utf-8"))
    assert version
    assert f'version:"{version[1]}"' in (folder / "mermaid.min.js").read_text(encoding="utf-8")
