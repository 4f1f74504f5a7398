"""The one thread of this process through which running replies touch the database.

Tasks outside a request would otherwise queue on Django's global thread, or each open a connection of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connection

P = ParamSpec("P")
T = TypeVar("T")

_thread = ThreadPoolExecutor(1, "writer")


async def write(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls `act` on the writer's thread; after a restart of the database the next call has a new connection."""

    def run() -> T:
        close_old_connections()
        try:
            _own_connection()
            return act(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_thread, run)


def let_go() -> None:
    """Gives the connection back; the next call has a new one."""
    # Not `connection.close`: which connection that is depends on the thread that asks.
    _thread.submit(lambda: connection.close()).result()  # noqa: PLW0108


def _own_connection() -> None:
    """Kept, and not one of the pool: requests that wait for the writer may hold all of those."""
    settings = connection.settings_dict
    if "pool" in settings["OPTIONS"]:
        options = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}
        connection.settings_dict = {**settings, "OPTIONS": options}
    connection.ensure_connection()
    connection.close_at = None
