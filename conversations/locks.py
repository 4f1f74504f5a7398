"""A lock in the database for writing to a store that cannot hold its writers apart itself.

PostgreSQL: an advisory lock, which ends with its connection. SQLite: a lock file beside the database, which ends with
its process; all processes that share an SQLite database are on one machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections

from conversations.store import StoreUnavailable
from conversations.stores import flock

PATIENCE = 60
"""Seconds to wait for others. Their reading and writing ends within the time-outs of the store."""

OUTAGE = "The lock for writing cannot be had ({why}): look at the database, whose lock this store needs."

# Each lock held is a connection, and small databases allow few.
_connections = BoundedSemaphore(4)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """While nobody else holds the lock of this name, in any process. Raises StoreUnavailable."""
    if connection.vendor == "postgresql":
        with _connections, _advisory_lock(name):
            yield
    else:
        with flock.locked(_folder(), name):
            yield


@contextmanager
def _advisory_lock(name: str) -> Iterator[None]:
    """On a connection outside the pool, since requests that hold those of the pool may be waiting for this lock."""
    usual = connections[DEFAULT_DB_ALIAS]
    options = {key: value for key, value in usual.settings_dict["OPTIONS"].items() if key != "pool"}
    session = type(usual)(usual.settings_dict | {"OPTIONS": options}, "lock")
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    try:
        try:
            # A transaction's lock, not a session's, so that it works behind a pooler of connections too.
            session.set_autocommit(False)
            with session.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
        except DatabaseError as error:
            raise StoreUnavailable(OUTAGE.format(why=type(error).__name__)) from None
        yield
    finally:
        session.close()


def _folder() -> Path:
    in_memory = connection.is_in_memory_db()  # type: ignore[attr-defined]
    beside = settings.VAR_DIR / "db.sqlite3" if in_memory else Path(connection.settings_dict["NAME"])
    folder = beside.with_name(f"{beside.name}.locks")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(OUTAGE.format(why=type(error).__name__)) from None
    return folder
