"""An account is deleted while its replies are being written, and then the machine loses its power."""

from __future__ import annotations

from contextlib import ExitStack, closing, suppress
from pathlib import Path
from sqlite3 import connect
from uuid import uuid4

from tests.conversations import kept
from tests.conversations.test_deaths import begin
from tests.model_server import ModelServer
from tests.site import PASSWORD, Site, running

CANARY = "zqjxwv"


def mentions(site: Site, word: str) -> set[str]:
    """Tables and files of the store that have it somewhere."""
    with closing(connect(f"file:{site.var}/db.sqlite3?mode=ro", uri=True)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {table for table in tables if word in str(list(database.execute(f'SELECT * FROM "{table}"')))}
    for path in map(Path, kept.objects(site)):
        # What is going at this moment is as good as gone.
        with suppress(FileNotFoundError, IsADirectoryError):
            if path.parent.name != ".locks" and word in f"{path}{path.read_text(encoding='utf-8')}":
                found.add(path.name)
    return found


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
        site.kill()
        site.start()
        kept.wait_for(lambda: not mentions(site, CANARY) | mentions(site, leaves.username), 60)
        assert said.conversation not in str(mentions(site, said.conversation))
        assert mentions(site, stays.username)
        assert stays.http.get("/c/new/").status_code == 200
