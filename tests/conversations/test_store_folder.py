"""What only a folder has to get right: processes, modes, disks."""

from __future__ import annotations

import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path

import pytest

from conversations.store import Conflict, StoreUnavailable, open_store
from conversations.stores.folder import FolderStore


def append(root: Path, writer: int, lines: int) -> None:
    store = FolderStore(root)
    for line in range(lines):
        while True:
            found = store.get("log")
            data, tag = found or (b"", None)
            try:
                store.put("log", data + f"{writer}.{line}\n".encode(), tag)
                break
            except Conflict:
                continue


def test_processes_writing_one_key_of_a_folder_lose_nothing(tmp_path: Path) -> None:
    context = get_context("spawn")
    writers = [context.Process(target=append, args=(tmp_path, number, 8)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=30)
        assert writer.exitcode == 0
    found = FolderStore(tmp_path).get("log")
    assert found
    assert sorted(found.data.decode().split()) == sorted(f"{w}.{n}" for w in range(3) for n in range(8))


def test_a_folder_keeps_others_out_and_unfinished_files_to_itself(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    store.put("users/a.json", b"{}", None)
    unfinished = tmp_path / "store/users/.a.json.new"
    unfinished.write_bytes(b"half of a wri")
    assert list(store.keys("")) == ["users/a.json"]
    assert (tmp_path / "store/users/a.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "store/users").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "store").stat().st_mode & 0o777 == 0o700
    store.delete("users/a.json")
    assert not unfinished.exists()
    assert not (tmp_path / "store/users").exists()


def test_a_folder_that_cannot_be_used_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = open_store(f"file://{tmp_path}/file")
    with pytest.raises(StoreUnavailable, match="not a directory"):
        store.check()
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        store.put("a", b"", None)


def test_where_nothing_more_fits_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.stores.folder.LEAST", 2**80)
    with pytest.raises(StoreUnavailable, match="free some space"):
        FolderStore(tmp_path).check()


def test_a_full_disk_is_an_outage_and_leaves_the_old_bytes(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("a", b"old", None)
    script = (
        "import resource, signal, sys\n"
        "from conversations.store import StoreUnavailable\n"
        "from conversations.stores.folder import FolderStore\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "store = FolderStore(sys.argv[1])\n"
        "try:\n    store.put('a', b'x' * 100_000, store.get('a').tag)\n"
        "except StoreUnavailable as error:\n    print(error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True, timeout=30
    )
    assert "cannot be used (file too large)" in ran.stdout
    found = store.get("a")
    assert found
    assert found.data == b"old"
    assert not list(tmp_path.glob(".a*"))
