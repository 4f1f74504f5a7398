"""The rows of a running site, in whichever database they are."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg

from tests.site import Site


class Rows:
    def __init__(self, site: Site) -> None:
        self.site = site

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        if url := self.site.settings.get("DATABASE_URL"):
            with psycopg.connect(url) as server:
                return server.execute(sql.encode()).fetchall()
        with closing(sqlite3.connect(self.site.var / "db.sqlite3", timeout=20)) as database, database:
            return database.execute(sql).fetchall()

    def running(self) -> set[str]:
        """The replies that are being written, as far as the rows say."""
        return {_id(reply) for (reply,) in self.all("SELECT id FROM conversations_reply WHERE finish = ''")}

    def replies(self) -> dict[str, str]:
        """The conversation of each."""
        found = self.all("SELECT id, conversation_id FROM conversations_reply")
        return {_id(reply): _id(conversation) for reply, conversation in found}

    def pieces(self) -> int:
        return int(self.all("SELECT count(*) FROM conversations_piece")[0][0])

    def conversations(self) -> dict[str, tuple[str, bool, int]]:
        """Title, whether the owner sees it, and how many messages it is said to have."""
        found = self.all("SELECT id, title, visible, message_count FROM conversations_conversation")
        return {_id(row): (title, bool(visible), count) for row, title, visible, count in found}


def _id(value: Any) -> str:
    return str(UUID(str(value)))
