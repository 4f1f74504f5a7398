"""A store that takes its time takes nobody else's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import postgresql
from tests.plugin import ROOT
from tests.site import running


def test_who_waits_for_it_keeps_no_connection_to_the_database_from_others(tmp_path: Path) -> None:
    if not postgresql.programs():
        pytest.skip("PostgreSQL is not installed")
    slow = {"GUNICORN_CMD_ARGS": f"-c {ROOT / 'benchmarks/slow_store.py'}", "STORE_DELAY": "2"}
    with postgresql.server() as url, running(tmp_path, DATABASE_URL=url, DATABASE_CONNECTIONS="2", **slow) as site:
        visitor = site.visitor()
        address = f"/c/{visitor.say('Hello').conversation}/"
        with ThreadPoolExecutor(5) as tabs:
            pages = tabs.map(lambda _: visitor.http.get(address).status_code, range(4))
            assert visitor.http.get("/settings/").status_code == 200
            # One after the other would be longer than anybody waits for a connection.
            assert list(pages) == [200] * 4
