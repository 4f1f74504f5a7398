"""How the database is reached."""

from __future__ import annotations

from typing import Any

SQLITE: dict[str, Any] = {
    # Writers queue for the lock at once instead of failing when they upgrade from reading.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
}


def pool(most: int) -> dict[str, Any]:
    return {"min_size": 0, "max_size": most, "timeout": 5, "max_idle": 60}
