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
        with ThreadPoolExecutor(8) as tabs:
            talks = [said.conversation for said in tabs.map(visitor.say, ["Hello"] * 3)]
            taken_out = tabs.map(lambda _: visitor.http.get("/settings/export/").status_code, range(3))
            pages = tabs.map(lambda talk: visitor.http.get(f"/c/{talk}/").status_code, talks)
            renamed = tabs.map(lambda talk: visitor.post(f"/c/{talk}/rename/", {"title": "Mine"}).status_code, talks)
            assert visitor.http.get("/settings/").status_code == 200
            # One after the other would be longer than anybody waits for a connection.
            assert [*pages, *renamed, *taken_out] == [200] * 3 + [204] * 3 + [200] * 3
