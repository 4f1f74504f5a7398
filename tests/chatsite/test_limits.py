"""What is too long, too much or too slow is refused, on a bare connection to the real site."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chatsite import connection, limits
from tests.site import Site, Visitor

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /c/new/ HTTP/1.1\r\nHost: localhost\r\n"
JSON = b"Accept: application/json\r\n"
LAST_CHUNK = b"\r\n\r\n0\r\n\r\n"
CHUNK = b"10000\r\n" + b"x" * 65536 + b"\r\n"


def answer(
    site: Site, head: bytes, rest: Iterable[bytes] = (), patience: float = 10
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body; status 0 where the connection stays open without a word."""
    with socket.create_connection(("127.0.0.1", site.port)) as wire:
        wire.settimeout(patience)
        wire.sendall(head)
        try:
            for piece in rest:
                wire.sendall(piece)
        except OSError:
            pass  # it has stopped listening
        said = b""
        try:
            while piece := wire.recv(65536):
                said += piece
        except TimeoutError:
            pass
    head, _, body = said.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]) if first else 0, dict(line.lower().split(": ", 1) for line in lines), body.decode()


CASES = {
    "a long address": (414, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "a long header": (431, GET + b"X: " + b"a" * 9000 + b"\r\n\r\n"),
    "many headers": (431, GET + b"".join(b"X-%d: 1\r\n" % n for n in range(150)) + b"\r\n"),
    "a negative length": (400, POST + b"Content-Length: -1\r\n\r\n"),
    "a length of thousands of digits": (400, POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n"),
    "two lengths": (400, POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
    "a length and chunks": (400, POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "no HTTP at all": (400, b"\x16\x03\x01<script>\r\n\r\n"),
    "an absurd length": (413, POST + b"Content-Length: 99999999999999999999\r\n\r\n"),
    "a large length": (413, POST + b"Content-Length: 30000000\r\n\r\nabc"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("asked", [b"", JSON], ids=["page", "script"])
def test_it_is_refused_in_our_words_to_a_person_and_to_a_script(site: Site, case: str, asked: bytes) -> None:
    status, request = CASES[case]
    first, _, rest = request.partition(b"\r\n")
    got, headers, body = answer(site, first + b"\r\n" + asked + rest)
    assert got == status
    assert headers["connection"] == "close"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "no-store" in headers["cache-control"]
    assert "<script>" not in body
    if asked:
        assert {"code", "message"} <= json.loads(body[body.index("{") : body.rindex("}") + 1]).keys()
    else:
        assert headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("many", [60, 200], ids=["heard out", "cut off"])
def test_a_body_in_pieces_ends_where_the_limit_is(site: Site, many: int) -> None:
    """What never says how long it will be does not fill the disk."""
    chunks = [CHUNK] * many + [b"0\r\n\r\n"]
    assert answer(site, POST + JSON + b"Transfer-Encoding: chunked\r\n\r\n", chunks)[0] in {413, 0}
    assert answer(site, GET + b"Connection: close\r\n\r\n")[0] == 302


@pytest.fixture(scope="module")
def reader(site: Site) -> Visitor:
    return site.visitor()


def test_more_fields_than_any_form_has_are_refused(reader: Visitor) -> None:
    fields = {f"f{number}": "x" for number in range(1100)}
    got = reader.http.post("/settings/", data=fields, headers=reader.headers)
    assert (got.status_code, "That request was not understood." in got.text) == (400, True)


def test_a_nested_document_is_refused(reader: Visitor) -> None:
    headers = {**reader.headers, "Content-Type": "application/json"}
    got = reader.http.post("/settings/", content=b"[" * 100_000, headers=headers)
    assert (got.status_code, got.json()["code"]) == (400, "invalid")


def test_who_sends_letter_by_letter_is_not_waited_for(https_site: Site) -> None:
    """Neither for the head of a request nor for its body; who has said nothing yet may take their time."""
    slow = {
        "head": GET + b"Cookie: a",
        "body": POST + JSON + b"Content-Length: 100\r\n\r\n{",
    }
    with ThreadPoolExecutor(4) as threads:
        quiet = threads.submit(answer, https_site, b"", patience=4)
        answers = dict(zip(slow, threads.map(lambda head: answer(https_site, head), slow.values()), strict=True))
    assert answers["head"][0] == answers["body"][0] == 408
    assert "too_slow" in answers["body"][2]
    assert quiet.result()[0] == 0


def test_nor_for_the_head_of_a_second_request(https_site: Site) -> None:
    with socket.create_connection(("127.0.0.1", https_site.port)) as wire:
        wire.settimeout(10)
        for expected in (b"HTTP/1.1 301", b"HTTP/1.1 301"):
            wire.sendall(GET + b"\r\n")
            said = b""
            while not said.endswith(LAST_CHUNK):
                said += wire.recv(65536)
            assert said.startswith(expected)
        wire.sendall(GET)
        assert wire.recv(65536).startswith(b"HTTP/1.1 408")


def test_there_is_time_enough_for_anybody() -> None:
    assert connection.SECONDS >= 10
    assert limits.SECONDS >= 30
    assert connection.IDLE >= 60
