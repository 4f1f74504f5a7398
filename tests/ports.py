"""Ports for servers that listen later, or again and again, while others ask for some too."""

from __future__ import annotations

import fcntl
import os
import random
import socket

from tests.plugin import common

# Below those that the system gives to whoever names none: such a port may be taken at any moment.
FIRST, LAST = 20_000, 32_000


def free_port() -> int:
    """One that is given to nobody else in this run of the tests, in whatever process."""
    file = os.open(common / "ports", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        port = int(os.read(file, 9) or random.randrange(FIRST, LAST))
        while not _is_free(port := port + 1 if port < LAST else FIRST):
            pass
        os.pwrite(file, str(port).encode(), 0)
    finally:
        os.close(file)
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
