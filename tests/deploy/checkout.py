"""The site's files as a place to deploy to has them: without what stays at home, and not to be written to."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

from tests.plugin import ROOT

PROGRAMS = Path(sys.executable).parent
# Root writes anywhere; without these it keeps to what the modes say, like everybody.
OBEDIENT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all", "--"]
OWN = {".git", ".venv", "var", ".env", "node_modules", "__pycache__"}


def copied(folder: Path, ignored: Path | None = None) -> Path:
    """The working tree without what the file `ignored` names, in the manner of .gitignore."""
    lines = ignored.read_text(encoding="utf-8").split() if ignored else []
    patterns = [line.strip("/").removeprefix("**/") for line in lines]

    def leave_out(parent: str, names: list[str]) -> set[str]:
        beside = Path(parent).relative_to(ROOT)
        return {
            name
            for name in names
            if name in OWN
            or name.endswith("_cache")
            or any(fnmatch(str(beside / name), one) or fnmatch(name, one) for one in patterns)
        }

    shutil.copytree(ROOT, folder, ignore=leave_out, dirs_exist_ok=True)
    return folder


def lock(folder: Path) -> dict[str, float]:
    """Takes away the right to write; returns what is there, and since when."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    return contents(folder)


def unlock(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IWUSR)


def contents(folder: Path) -> dict[str, float]:
    return {str(path): path.lstat().st_mtime for path in folder.rglob("*")}


def obedient() -> list[str]:
    """What to put before a command so that it cannot write to what is locked."""
    return OBEDIENT if os.geteuid() == 0 else []


def python(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the interpreter there, with nothing of this process's environment but the way to the programs."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env={"PATH": path(), **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def path() -> str:
    return f"{PROGRAMS}:{os.environ['PATH']}"
