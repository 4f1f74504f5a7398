"""A folder that keeps the promises of a bucket, between threads and between processes."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from conversations.store import (
    Conflict,
    Gone,
    S3Options,
    Stored,
    StoreUnavailable,
    checked,
    checked_prefix,
)
from conversations.stores.flock import held, opened
from watching.store import timed, timed_list

ADVICE = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "raise its quota or free some space",
    errno.EACCES: "give this process the right to read and write it",
    errno.EPERM: "give this process the right to read and write it",
    errno.EROFS: "mount it writable",
    errno.EMFILE: "allow this process more open files",
}

LEAST = 1024 * 1024
"""Bytes that have to be free: no more than the object of one long conversation."""


class FolderStore:
    """One file per key. The tag is a hash of the content, as an S3 tag is in effect: a writer that gets in
    between and puts the same bytes back has changed nothing that a replacement could lose.
    """

    conditions: Literal["store"] = "store"

    def __init__(self, root: Path | str) -> None:
        self.name = f"the folder {root}"
        self.root = Path(root).absolute()

    @classmethod
    def at(cls, place: str, _options: S3Options) -> FolderStore:
        if not place.strip("/") or "\0" in place:
            raise ValueError("file:// needs a folder, as in file://var/store or file:///srv/chatsite")
        return cls(place)

    @timed
    def get(self, key: str) -> Stored | None:
        with self._outages():
            data = _read(self._path(key))
            if data is None and self.root.exists() and not self.root.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return None if data is None else Stored(data, _tag(data))

    @timed
    def put(self, key: str, data: bytes, tag: str | None) -> str:
        path = self._path(key)
        with self._outages(), self._locked(key):
            present = _read(path)
            if tag is None and present is not None:
                raise Conflict(f"{key} exists already")
            if tag is not None and present is None:
                raise Gone(f"{key} is not there any more")
            if tag is not None and present is not None and tag != _tag(present):
                raise Conflict(f"{key} has changed")
            self._write(path, data)
        return _tag(data)

    @timed
    def delete(self, key: str) -> None:
        path = self._path(key)
        with self._outages(), self._locked(key):
            for leftover in (_unfinished(path), path):
                with suppress(FileNotFoundError, NotADirectoryError):
                    leftover.unlink()
            with suppress(FileNotFoundError, NotADirectoryError):
                _sync(path.parent)
            self._prune(path.parent)

    @timed_list
    def keys(self, prefix: str) -> Iterator[str]:
        """Those too of which a dead process left no more than a beginning, so that it is deleted with the others."""
        folder, _, start = checked_prefix(prefix).rpartition("/")
        with self._outages():
            yield from _walk(self.root / folder, f"{folder}/" if folder else "", start)

    @timed
    def age(self, key: str) -> float | None:
        path = self._path(key)
        with self._outages():
            for place in (path, _unfinished(path)):
                with suppress(FileNotFoundError, NotADirectoryError):
                    return time.time() - place.stat().st_mtime
        return None

    @timed
    def check(self) -> None:
        with self._outages():
            _make(self.root)
            os.scandir(self.root).close()
            if not os.access(self.root, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            if shutil.disk_usage(self.root).free < LEAST:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def now(self) -> float | None:
        return None

    def _path(self, key: str) -> Path:
        return self.root / checked(key)

    @contextmanager
    def _outages(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = os.strerror(error.errno).lower() if error.errno else "it does not answer"
            advice = ADVICE.get(error.errno or 0, "check that it is a folder on a healthy disk")
            raise StoreUnavailable(f"{self.name} cannot be used ({reason}): {advice}.") from None

    @contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        """Holds writers of this key apart, in this process and in others.

        The lock is a file of its own because a write renames a new file over the old one, and a lock on
        the old one would guard nothing.
        """
        locks = self.root / ".locks"
        try:
            lock = opened(locks, key)
        except FileNotFoundError:
            _make(locks)
            lock = opened(locks, key)
        with held(lock):
            yield

    def _write(self, path: Path, data: bytes) -> None:
        unfinished = _unfinished(path)
        try:
            for _ in range(10):
                try:
                    _fill(unfinished, data)
                    break
                except FileNotFoundError:
                    # The folder can vanish again before the file is in it, while a neighbour is being deleted.
                    _make(path.parent)
            unfinished.replace(path)
            _sync(path.parent)
        except OSError:
            with suppress(OSError):
                unfinished.unlink()
            raise

    def _prune(self, folder: Path) -> None:
        while folder != self.root:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent


def _tag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _unfinished(path: Path) -> Path:
    """One name per key: what a dead process left is overwritten by the next write and never piles up."""
    return path.with_name(f".{path.name}.new")


UNFINISHED = re.compile(r"^\.(.+)\.new$")


def _fill(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        if sys.platform == "darwin":  # where fsync stops at the drive's own cache
            fcntl.fcntl(file, fcntl.F_FULLFSYNC)
        else:
            os.fsync(file)


def _make(folder: Path) -> None:
    if folder.is_dir():
        return
    _make(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(0o700)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Makes the names in a folder, not only the files behind them, survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _walk(folder: Path, prefix: str, start: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            # A folder sorts as its name and a slash, which gives a bucket's order of whole keys.
            found = {
                f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else UNFINISHED.sub(r"\1", entry.name)
                for entry in entries
            }
            names = sorted(name for name in found if name.startswith(start) and not name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        if name.endswith("/"):
            yield from _walk(folder / name, prefix + name, "")
        else:
            yield prefix + name
