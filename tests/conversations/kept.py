"""What a running site has kept: read from its folder and its database, behind its back."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from tests.site import Site

T = TypeVar("T")


def transcript_path(site: Site, conversation: str) -> Path | None:
    return next((site.var / "store").glob(f"users/*/conversations/{conversation}.json"), None)


def objects(site: Site) -> list[str]:
    """The paths of all files and folders in the store, of which some may be going at this moment."""
    return [f"{folder}/{name}" for folder, folders, files in os.walk(site.var / "store") for name in folders + files]


def transcript(site: Site, conversation: str) -> dict[str, Any]:
    path = transcript_path(site, conversation)
    assert path, f"conversation {conversation} is not in the store"
    document: dict[str, Any] = json.loads(path.read_bytes())
    return document


def messages(site: Site, conversation: str) -> dict[str, dict[str, Any]]:
    return {message["id"]: message for message in transcript(site, conversation)["messages"]}


def texts(site: Site, conversation: str, role: str) -> list[str]:
    return [message["text"] for message in messages(site, conversation).values() if message["role"] == role]


def query(site: Site, sql: str, *ids: str) -> list[tuple[Any, ...]]:
    """What the site's SQLite database answers; ids are given as the site writes them elsewhere."""
    with closing(sqlite3.connect(site.var / "db.sqlite3", timeout=20)) as database, database:
        return database.execute(sql, [UUID(value).hex for value in ids]).fetchall()


def count(site: Site, table: str, where: str, *ids: str) -> int:
    number: int = query(site, f"SELECT count(*) FROM conversations_{table} WHERE {where}", *ids)[0][0]
    return number


def pieces_of(site: Site, reply: str) -> str:
    rows = query(site, "SELECT text FROM conversations_piece WHERE reply_id = ? ORDER BY number", reply)
    return "".join(text for (text,) in rows)


def wait_for(condition: Callable[[], T | None], seconds: float = 30) -> T:
    """What the condition gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)
    return value
