from __future__ import annotations

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import OperationalError


class Cache(DatabaseCache):
    """Django's keeps quiet about a database that cannot be written. Every lock would look taken, and whoever signs in
    would be told that they had tried too often."""

    def add(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Raises OperationalError when it is neither there nor can be added."""
        # What was in the way may be gone by the time one looks: once more.
        for _ in range(2):
            if super().add(key, value, timeout, version):
                return True
            if self.has_key(key, version):
                return False
        raise OperationalError("The database cannot be written")
