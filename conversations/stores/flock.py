"""Locks by name that all processes of one machine respect."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

LOCKS = 256


def opened(folder: Path, name: str) -> int:
    """The file that is locked, as a descriptor. Names share a fixed number of them, which are never deleted: who waits
    for a deleted one would guard nothing."""
    number = hashlib.sha256(name.encode()).digest()[0] % LOCKS
    return os.open(folder / f"{number:02x}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def locked(folder: Path, name: str) -> AbstractContextManager[None]:
    """Waits for the lock of that name."""
    return held(opened(folder, name))


@contextmanager
def held(lock: int) -> Iterator[None]:
    """Waits for the lock, and closes its file. The kernel lets go when a process dies."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        # Closing alone would leave it locked while a child forked meanwhile still has it open.
        fcntl.flock(lock, fcntl.LOCK_UN)
        os.close(lock)
