"""Sessions that nobody can use any more."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from sqlite3 import connect

from tests.conversations import kept
from tests.site import furnish, running

LONG_AGO, FAR_AWAY = "2020-01-01 00:00:00", "2120-01-01 00:00:00"


def test_what_has_expired_goes_from_the_database_and_nothing_else(tmp_path: Path) -> None:
    furnish(tmp_path, database=True)
    with closing(connect(tmp_path / "db.sqlite3")) as database:
        rows = [(f"gone-{number}", "", LONG_AGO) for number in range(700)] + [("stays", "", FAR_AWAY)]
        database.executemany("INSERT INTO django_session VALUES (?, ?, ?)", rows)
        database.commit()

        def left() -> list[str]:
            return [key for (key,) in database.execute("SELECT session_key FROM django_session")]

        with running(tmp_path):
            kept.wait_for(lambda: left() == ["stays"], 20)
