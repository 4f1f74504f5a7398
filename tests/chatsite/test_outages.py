from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.chatsite.away import away
from tests.chatsite.conftest import Distant
from tests.conversations import kept
from tests.site import Site, Visitor

JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def visitor(site: Site) -> Visitor:
    return site.visitor()


def state(site: Site) -> tuple[int, dict[str, str]]:
    answer = httpx2.get(f"{site.url}/readyz", trust_env=False, timeout=20)
    return answer.status_code, {part: answer.json()[part] for part in ("database", "store")}


def test_without_the_store_what_is_not_known_here_waits_and_comes_back(site: Site, visitor: Visitor) -> None:
    said = visitor.say("Where is my data? [[say: here]]")
    url = f"/c/{said.conversation}/export/txt/"
    with away(site.var / "store"):
        assert state(site) == (503, {"database": "ok", "store": "unavailable"})
        page = visitor.http.get(url)
        assert page.status_code == 503
        assert "Nothing is lost" in page.text
        script = visitor.http.get(url, headers=JSON)
        assert (script.status_code, script.json()["code"]) == (503, "store")
        assert visitor.http.get("/c/new/").status_code == 200
    assert state(site) == (200, {"database": "ok", "store": "ok"})
    assert "Where is my data?" in visitor.http.get(url).text


def test_a_file_that_cannot_be_read_is_said_and_left_alone_and_is_no_dead_end(site: Site, visitor: Visitor) -> None:
    said = visitor.say("Who has edited me? [[say: you]]")
    path = kept.transcript_path(site, said.conversation)
    assert path
    whole = path.read_bytes()
    for damaged in (whole[:-9], whole.replace(b'"schema": 1', b'"schema": 2')):
        path.write_bytes(damaged)
        page = visitor.http.get("/", follow_redirects=True)
        assert (page.status_code, "This conversation cannot be read" in page.text) == (500, True)
        [way_on] = re.findall('class="btn[^>]*href="([^"]*)"', page.text)
        assert visitor.given(way_on)[0] == 200
        for act in ("pin/", "messages/"):
            body = {"on": "true", "message": str(uuid.uuid4()), "text": "Hello"}
            script = visitor.post(f"/c/{said.conversation}/{act}", body)
            assert (script.status_code, script.json()["code"]) == (500, "unreadable")
        assert path.read_bytes() == damaged
    path.write_bytes(whole)
    assert visitor.given("/")[0] == 200


def test_without_the_database_every_page_says_so_and_comes_back(site: Site, visitor: Visitor) -> None:
    database = site.var / "db.sqlite3"
    assert visitor.http.get("/c/new/").status_code == 200
    with away(database):
        assert state(site) == (503, {"database": "unavailable", "store": "ok"})
        assert httpx2.get(f"{site.url}/healthz", trust_env=False).status_code == 200
        says_that_the_database_is_away(visitor)
    assert state(site)[0] == 200
    assert visitor.http.get("/c/new/").status_code == 200


def says_that_the_database_is_away(visitor: Visitor) -> None:
    new = str(uuid.uuid4())
    with ThreadPoolExecutor(4) as at_once:
        pages = [at_once.submit(visitor.http.get, url) for url in ("/c/new/", "/accounts/password/change/")]
        scripts = [
            at_once.submit(visitor.http.get, "/c/new/", headers=JSON),
            at_once.submit(visitor.post, f"/c/{new}/messages/", {"message": new, "text": "hello"}),
        ]
    for answer in [future.result() for future in pages]:
        assert answer.status_code == 503
        assert "The database cannot be reached right now. Nothing is lost" in answer.text
        assert answer.headers["Retry-After"] == "10"
    for answer in [future.result() for future in scripts]:
        assert (answer.status_code, answer.json()["code"]) == (503, "database")
        assert answer.json()["retry_after"] == 10


def test_a_database_server_that_went_away_is_used_again_at_once(distant: Distant) -> None:
    if distant.database is None:
        pytest.skip("PostgreSQL is not installed")
    visitor = distant.site.visitor()
    distant.database.shut()
    distant.database.open()
    assert visitor.http.get("/c/new/").status_code == 200
    distant.database.shut()
    try:
        says_that_the_database_is_away(visitor)
    finally:
        distant.database.open()
    assert visitor.http.get("/c/new/").status_code == 200
    assert state(distant.site) == (200, {"database": "ok", "store": "ok"})
