from __future__ import annotations

import re
from uuid import uuid4

import httpx2
import pytest

from tests.plugin import ROOT
from tests.site import Site


@pytest.fixture(scope="module")
def browser(site: Site) -> httpx2.Client:
    return httpx2.Client(base_url=site.url, trust_env=False)


@pytest.fixture(scope="module")
def linked(browser: httpx2.Client) -> list[str]:
    """The static files the login page names, those of the icons left out."""
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', browser.get("/accounts/login/").text)


def test_pages_link_names_that_change_with_the_content(linked: list[str]) -> None:
    assert len(linked) >= 2
    assert all(re.search(r"\.[0-9a-f]{12}\.(css|js|svg|png)$", url) for url in linked)


def test_browsers_keep_them_for_good(browser: httpx2.Client, linked: list[str]) -> None:
    for url in linked:
        answer = browser.get(url)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert int(re.findall(r"max-age=(\d+)", answer.headers["Cache-Control"])[0]) >= 31536000


def test_the_plain_name_is_asked_for_again_soon(browser: httpx2.Client) -> None:
    assert "immutable" not in browser.get("/static/js/app.js").headers["Cache-Control"]


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_they_are_sent_compressed(browser: httpx2.Client, linked: list[str], coding: str) -> None:
    style = next(url for url in linked if url.endswith(".css"))
    with browser.stream("GET", style, headers={"Accept-Encoding": coding}) as answer:
        packed = b"".join(answer.iter_raw())
    plain = browser.get(style, headers={"Accept-Encoding": "identity"})
    assert "Accept-Encoding" in answer.headers["Vary"]
    if coding == "gzip":
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(packed) < len(plain.content) / 2
    assert "Content-Encoding" not in plain.headers


def test_modules_import_each_other_by_the_names_that_change(browser: httpx2.Client, linked: list[str]) -> None:
    """Everything the entry leads to, or browsers would mix old modules with new ones."""
    seen: set[str] = set()
    queue = [url for url in linked if url.endswith(".js")]
    while queue:
        url = queue.pop()
        if url in seen:
            continue
        seen.add(url)
        answer = browser.get(url)
        assert answer.status_code == 200, url
        for target in re.findall(r"""(?:from|import)\s*\(?["'](\.[^"']+)["']""", answer.text):
            assert re.search(r"\.[0-9a-f]{12}\.js$", target), f"{url} imports {target}"
            queue.append(str(httpx2.URL(url).join(target)))
    ours = {path.stem for path in (ROOT / "static/js").glob("*.js")}
    # The pages of the settings, the one without a connection and the frame of a diagram have an entry of their own.
    apart = {"settings", "instructions", "presets", "offline", "drawing"}
    assert {url.rpartition("/")[2].split(".")[0] for url in seen} == ours - apart


def test_styles_need_nothing_from_elsewhere(browser: httpx2.Client, linked: list[str]) -> None:
    for url in linked:
        if url.endswith(".css"):
            style = browser.get(url).text
            targets = re.findall(r"""(?:url\(|@import\s+)["']?([^"')\s;]+)""", style)
            assert all(not re.match(r"https?:|//", target) for target in targets)


@pytest.mark.parametrize(
    "url", ["/static/", "/static/../manage.py", "/static/%2e%2e/chatsite/settings.py", "/static/css"]
)
def test_only_static_files_are_served(browser: httpx2.Client, url: str) -> None:
    assert browser.get(url).status_code == 404


def test_pages_are_compressed_and_streams_are_not(site: Site) -> None:
    visitor = site.visitor()
    visitor.http.headers["Accept-Encoding"] = "gzip"
    assert visitor.http.get("/c/new/").headers["Content-Encoding"] == "gzip"
    body = {"message": str(uuid4()), "parent": None, "text": "Stream"}
    with visitor.http.stream("POST", f"/c/{uuid4()}/messages/", json=body, headers=visitor.headers) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert "Content-Encoding" not in answer.headers
