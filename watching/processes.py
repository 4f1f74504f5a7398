"""Numbers of several processes, which add them up in files of a folder that ends with the server."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def share(server: Any) -> None:
    """Before the first worker is made; what these call themselves is read once, where they are made."""
    if server.cfg.workers > 1 and FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="chatsite-metrics-")
        server.made_metrics = os.environ[FOLDER]


def forget(server: Any, worker: Any) -> None:
    """One that has ended runs no replies; what it had counted stays counted."""
    if FOLDER in os.environ:
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def clear(server: Any) -> None:
    if folder := getattr(server, "made_metrics", None):
        shutil.rmtree(folder, ignore_errors=True)
