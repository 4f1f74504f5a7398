"""A database is backed up and put back by the very commands of docs/storage.md."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests import postgresql
from tests.plugin import ROOT
from tests.site import furnish

DIES = """
import os, sqlite3
database = sqlite3.connect("var/db.sqlite3")
database.execute("PRAGMA wal_autocheckpoint = 0")
database.execute("CREATE TABLE later (word text)")
database.executemany("INSERT INTO later VALUES (?)", [("word" * 100,)] * 1000)
database.commit()
os._exit(1)
"""


def documented(program: str) -> str:
    """The line of the documentation that begins with it."""
    text = (ROOT / "docs/storage.md").read_text(encoding="utf-8")
    lines = re.findall(rf"(?m)^{program} .*$", text)
    assert len(lines) == 1
    return str(lines[0])


def run(command: str, folder: Path, **variables: str) -> None:
    subprocess.run(["sh", "-c", command], cwd=folder, env=os.environ | variables, check=True, capture_output=True)


def on_sqlite(folder: Path) -> None:
    """A dead site leaves beside its database what SQLite would write into it."""
    (folder / "var").mkdir()
    furnish(folder / "var", database=True)
    run(documented(r"sqlite3 .* \"\.backup"), folder)
    subprocess.run([sys.executable, "-c", DIES], cwd=folder, check=False)
    assert (folder / "var/db.sqlite3-wal").stat().st_size
    run(documented(r"sqlite3 .* \"\.restore"), folder)
    with closing(sqlite3.connect(folder / "var/db.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    assert "accounts_user" in names
    assert "later" not in names


def on_postgresql(folder: Path, server: str) -> None:
    name = f"restored_{uuid4().hex[:8]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as maintenance:
        maintenance.execute(f"CREATE DATABASE {name}")
    variables = {"DATABASE_URL": f"{server}/{name}", "PATH": f"{postgresql.programs()}:{os.environ['PATH']}"}
    with psycopg.connect(variables["DATABASE_URL"], autocommit=True) as database:
        database.execute("CREATE TABLE said (word text)")
        database.execute("INSERT INTO said VALUES ('before')")
        run(documented("pg_dump"), folder, **variables)
        database.execute("UPDATE said SET word = 'after'")
    run(documented("psql"), folder, **variables)
    with psycopg.connect(variables["DATABASE_URL"]) as database:
        assert database.execute("SELECT word FROM said").fetchall() == [("before",)]


@pytest.mark.database
def test_a_backup_takes_the_place_of_what_is_there(tmp_path: Path) -> None:
    if url := os.environ.get("DATABASE_URL"):
        on_postgresql(tmp_path, url.rpartition("/")[0])
    elif shutil.which("sqlite3"):
        on_sqlite(tmp_path)
    else:
        pytest.skip("SQLite's own program is not installed")
