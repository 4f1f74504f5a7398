"""A Space in the frame in which Hugging Face shows it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from bs4 import BeautifulSoup

from tests.site import Site, running

FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("space"), SPACE_HOST="alice-chat.hf.space") as site:
        yield site


def shown(site: Site, path: str, headers: dict[str, str]) -> httpx2.Response:
    return httpx2.get(site.url + path, headers=headers, trust_env=False)


@pytest.mark.parametrize("path", ["/", "/c/new/", "/accounts/login/", "/nothing/"])
def test_in_its_frame_stands_a_link_that_opens_it_elsewhere(space: Site, path: str) -> None:
    answer = shown(space, path, FRAME | {"Accept-Language": "de"})
    page = BeautifulSoup(answer.text, "html.parser")
    links = [(link["href"], link["target"], link.text) for link in page.select("main a")]
    assert (answer.status_code, links) == (200, [("/", "_blank", "Chatsite öffnen")])
    assert page.select("form, script, iframe") == []
    assert "set-cookie" not in answer.headers


def test_only_the_page_there_may_frame_it_and_nothing_else_of_the_site(space: Site) -> None:
    framed = shown(space, "/", FRAME)
    rules = framed.headers["content-security-policy"].split("; ")
    assert "frame-ancestors https://huggingface.co" in rules
    assert "default-src 'none'" in rules
    assert "script-src" not in framed.headers["content-security-policy"]
    assert "x-frame-options" not in framed.headers
    for other in ({"Sec-Fetch-Dest": "document"}, {"Sec-Fetch-Site": "same-origin"}):
        page = shown(space, "/accounts/login/", FRAME | other)
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-frame-options"] == "DENY"


def test_elsewhere_nothing_may_be_framed(site: Site) -> None:
    page = shown(site, "/accounts/login/", FRAME)
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.text.count("<form") > 0
