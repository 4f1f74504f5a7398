"""The database for threads that live as long as the process."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import close_old_connections, connection

T = TypeVar("T")

TRUSTED_SECONDS = 1.0
"""So long after its last use a connection is used without asking the server for a sign of life: less than a server
takes to start again."""

_opened = threading.local()


def connected(act: Callable[[], T]) -> T:
    """Calls `act` with this thread's own connection, which stays open; after a restart of the database, or with
    another file in the place of SQLite's, the next call has a new one."""
    try:
        _own_connection()
        return act()
    finally:
        close_old_connections()
        _opened.used = time.monotonic()


def briefly(act: Callable[[], T]) -> T:
    """Calls `act` on one of several threads that read now and then. SQLite's connection is kept, as it costs nobody
    anything; of PostgreSQL's there are few, so that one goes back to the pool."""
    if connection.vendor == "sqlite":
        return connected(act)
    try:
        return act()
    finally:
        close_old_connections()


def _own_connection() -> None:
    """Kept, and not one of the pool: requests that wait for this thread may hold all of those."""
    settings = connection.settings_dict
    if "pool" in settings["OPTIONS"]:
        options = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}
        connection.settings_dict = {**settings, "OPTIONS": options}
    if (file := database_file()) != getattr(_opened, "file", None):
        # What is written to a file that somebody has replaced is lost.
        connection.close()
        _opened.file = file
    connection.ensure_connection()
    connection.close_at = None
    if time.monotonic() - getattr(_opened, "used", 0.0) < TRUSTED_SECONDS:
        connection.health_check_done = True  # type: ignore[attr-defined]


def database_file() -> tuple[int, int] | None:
    """Which file SQLite's database is; None for another, or where there is none."""
    if connection.vendor != "sqlite":
        return None
    try:
        found = os.stat(connection.settings_dict["NAME"])
    except OSError:
        return None
    return found.st_dev, found.st_ino


def lend_back() -> None:
    """Before this thread waits for something else than the database: of a pool's connections there are few."""
    if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
        connection.close()
