"""Pages are compressed for whoever says so, and how long that makes them tells nothing."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.test import RequestFactory

from chatsite.compression import MOST_CHANCE, SHORTEST, CompressPages

PAGE = b"<p>Bread and rolls.</p>" * 50


def through(response: HttpResponseBase, **headers: str) -> Any:
    request = RequestFactory().get("/", headers=headers)
    return CompressPages(lambda _: response)(request)


def test_a_page_is_unpacked_to_what_it_was() -> None:
    answer = through(HttpResponse(PAGE), accept_encoding="br, gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content) == PAGE
    assert int(answer.headers["Content-Length"]) == len(answer.content) < len(PAGE) / 2


@pytest.mark.parametrize("coding", ["", "br", "identity", "xgzipx"])
def test_who_does_not_ask_for_it_gets_it_plain(coding: str) -> None:
    answer = through(HttpResponse(PAGE), accept_encoding=coding)
    assert (answer.content, "Content-Encoding" in answer.headers) == (PAGE, False)
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_its_length_is_left_to_chance() -> None:
    lengths = {len(through(HttpResponse(PAGE), accept_encoding="gzip").content) for _ in range(200)}
    assert len(lengths) > MOST_CHANCE / 2
    assert max(lengths) - min(lengths) <= MOST_CHANCE


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(PAGE[: SHORTEST - 1]),
        HttpResponse(PAGE, headers={"Content-Encoding": "br"}),
        FileResponse([PAGE]),
    ],
    ids=["short", "compressed", "file"],
)
def test_what_has_nothing_to_gain_is_left_as_it_is(response: HttpResponseBase) -> None:
    coding = response.headers.get("Content-Encoding")
    answer = through(response, accept_encoding="gzip")
    assert answer.headers.get("Content-Encoding") == coding
    assert (b"".join(answer) if answer.streaming else answer.content) in PAGE
