"""Locks by name that all processes of one machine respect."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCKS = 256


@contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """Waits for the lock. Lock files are never deleted: who waits for a deleted one would guard nothing.

    Names share a fixed number of them. The kernel lets go when a process dies.
    """
    number = hashlib.sha256(name.encode()).digest()[0] % LOCKS
    lock = os.open(folder / f"{number:02x}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        # Closing alone would leave it locked while a child forked meanwhile still has it open.
        fcntl.flock(lock, fcntl.LOCK_UN)
        os.close(lock)
