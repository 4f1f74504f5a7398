"""How the database is reached."""

from __future__ import annotations

from typing import Any

SQLITE: dict[str, Any] = {
    # Writers queue for the lock at once instead of failing when they upgrade from reading.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # Each thread has a cache of its own. With 4 MB a search in 50,000 conversations is as fast as with 16, and a
    # thousand streams take 7 to 17 MB less.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-4000;",
}


def pool(most: int) -> dict[str, Any]:
    return {"min_size": 0, "max_size": most, "timeout": 5, "max_idle": 60}
