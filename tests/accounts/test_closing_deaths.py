"""An account is deleted while its replies are being written, and then the machine loses its power."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from pathlib import Path
from sqlite3 import connect
from uuid import uuid4

from tests.conversations.test_deaths import begin, kill
from tests.model_server import ModelServer
from tests.site import PASSWORD, Site, running

CANARY = "zqjxwv"


def mentions(site: Site, word: str) -> set[str]:
    """Tables and files of the store that have it somewhere."""
    with closing(connect(f"file:{site.var}/db.sqlite3?mode=ro", uri=True)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {table for table in tables if word in str(list(database.execute(f'SELECT * FROM "{table}"')))}
    files = [path for path in Path(site.var, "store").rglob("*") if path.is_file() and path.parent.name != ".locks"]
    return found | {path.name for path in files if word in str(path) or word in path.read_text(encoding="utf-8")}


def test_what_a_dead_site_had_begun_to_delete_is_gone_when_it_is_back(
    tmp_path: Path, model_server: ModelServer
) -> None:
    with running(tmp_path, LLM_BASE_URL=model_server.base_url) as site:
        stays, leaves = site.visitor(), site.visitor()
        stays.say("Mine [[say: stays]]")
        leaves.say(f"{CANARY} [[say: {CANARY}]]")
        with ExitStack() as streams:
            said, events = begin(leaves, streams, str(uuid4()), f"Long [[slow 0.05]] [[say: {f'{CANARY} ' * 400}]]")
            assert CANARY in str(next(events))
            assert {"conversations_said", "conversations_piece"} & mentions(site, CANARY)
            assert leaves.post("/settings/account/", {"password": PASSWORD}).status_code == 204
            assert leaves.http.get("/c/new/").status_code == 302
            # Its stream ends, whatever it says at last.
            list(events)
        kill(site)
        site.start()
        deadline = time.monotonic() + 60
        while (left := mentions(site, CANARY) | mentions(site, leaves.username)) and time.monotonic() < deadline:
            time.sleep(0.5)
        assert left == set()
        assert said.conversation not in str(mentions(site, said.conversation))
        assert mentions(site, stays.username)
        assert stays.http.get("/c/new/").status_code == 200
