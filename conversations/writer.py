"""The one thread of this process through which running replies touch the database.

Tasks outside a request would otherwise queue on Django's global thread, or each open a connection of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
T = TypeVar("T")

_thread = ThreadPoolExecutor(1, "writer")


async def write(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls `act` on the writer's thread; after a restart of the database the next call has a new connection."""

    def run() -> T:
        close_old_connections()
        try:
            return act(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_thread, run)
