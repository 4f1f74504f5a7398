from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.mmap_dict import MmapedDict

from watching import metrics, processes


def counted(folder: Path, kind: str, pid: int, value: float) -> None:
    """As a worker does, in a file of its own."""
    numbers: Any = MmapedDict(str(folder / f"{kind}_{pid}.db"))  # type: ignore[no-untyped-call]
    name = "chatsite_replies_running" if kind.startswith("gauge") else "chatsite_cookies_total"
    numbers.write_value(json.dumps([name.removesuffix("_total"), name, {}, "Cookies"]), value, 0.0)
    numbers.close()


def test_what_dead_workers_had_counted_is_kept_and_their_files_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(processes.FOLDER, str(tmp_path))
    counted(tmp_path, "counter", 1, 5.0)
    counted(tmp_path, "gauge_livesum", 1, 1.0)
    for pid in range(2, 12):
        counted(tmp_path, "counter", pid, 10.0)
        counted(tmp_path, "gauge_livesum", pid, 1.0)
        processes.forget(None, SimpleNamespace(pid=pid))
    assert sorted(os.listdir(tmp_path)) == ["counter_1.db", "counter_ended.db", "gauge_livesum_1.db", "lock"]
    text = metrics.exposition().decode()
    assert "chatsite_cookies_total 105.0" in text
    assert "chatsite_replies_running 1.0" in text


def test_numbers_nobody_can_read_do_not_end_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(processes.FOLDER, str(tmp_path))
    (tmp_path / "counter_7.db").write_bytes(b"")
    processes.forget(None, SimpleNamespace(pid=7))
    assert (tmp_path / "counter_7.db").exists()
