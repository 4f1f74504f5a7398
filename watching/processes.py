"""Numbers of several processes, which add them up in files of a folder that ends with the server."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def share(server: Any) -> None:
    """Before the first worker is made; what these call themselves is read once, where they are made."""
    if server.cfg.workers > 1 and FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="chatsite-metrics-")
        server.made_metrics = os.environ[FOLDER]


def forget(server: Any, worker: Any) -> None:
    """One that has ended runs no replies; what it had counted is added to what those before it had."""
    if FOLDER not in os.environ:
        return
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
    try:
        with locked(fcntl.LOCK_EX):
            for numbers in Path(os.environ[FOLDER]).glob(f"*_{worker.pid}.db"):
                _add_up(numbers)
    except Exception:
        # The server would end of it, with all its workers.
        logger.exception("The numbers of process %s stay in files of their own", worker.pid)


@contextmanager
def locked(how: int) -> Iterator[None]:
    """Who reads meanwhile would find the same numbers twice, or not at all."""
    lock = os.open(os.path.join(os.environ[FOLDER], "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, how)
        yield
    finally:
        os.close(lock)


def _add_up(numbers: Path) -> None:
    """Or each worker that dies would leave files for good, and every look at the numbers would read them all."""
    from prometheus_client.mmap_dict import MmapedDict  # noqa: PLC0415

    kind, _, _ = numbers.name.partition("_")
    ended: Any = MmapedDict(str(numbers.with_name(f"{kind}_ended.db")))  # type: ignore[no-untyped-call]
    for key, value, at, _ in MmapedDict.read_all_values_from_file(str(numbers)):  # type: ignore[no-untyped-call]
        ended.write_value(key, ended.read_value(key)[0] + value, at)
    ended.close()
    numbers.unlink()


def clear(server: Any) -> None:
    if folder := getattr(server, "made_metrics", None):
        shutil.rmtree(folder, ignore_errors=True)
