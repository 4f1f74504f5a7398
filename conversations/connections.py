"""The database for threads that live as long as the process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import close_old_connections, connection

T = TypeVar("T")


def connected(act: Callable[[], T]) -> T:
    """Calls `act` with this thread's own connection, which stays open; after a restart of the database the next call
    has a new one."""
    close_old_connections()
    try:
        _own_connection()
        return act()
    finally:
        close_old_connections()


def _own_connection() -> None:
    """Kept, and not one of the pool: requests that wait for this thread may hold all of those."""
    settings = connection.settings_dict
    if "pool" in settings["OPTIONS"]:
        options = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}
        connection.settings_dict = {**settings, "OPTIONS": options}
    connection.ensure_connection()
    connection.close_at = None
