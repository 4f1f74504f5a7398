"""What the site takes up on a disk: `python -m benchmarks.installed_size` installs requirements.txt anew and adds up.

The packages come from the registry of pip. "wanted" is the least that a host such as Heroku should have to carry; the
interpreter is not counted, a host brings it along.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.metadata import distributions
from pathlib import Path

from benchmarks.table import begins, told
from tests.deploy import checkout
from tests.plugin import ROOT

WANTED = 200
MB = 1_000_000
LARGEST = 8


def size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))


def packages(folder: Path) -> Counter[str]:
    """Bytes by package, as their own lists of files have it."""
    found: Counter[str] = Counter()
    for package in distributions(path=[str(folder)]):
        files = (Path(str(file.locate())) for file in package.files or ())
        found[package.name] = sum(file.stat().st_size for file in files if file.is_file())
    return found


def megabytes(count: int) -> str:
    return f"{count / MB:.1f} MB"


def packed(folder: Path) -> int:
    """As a slug is sent to a dyno."""
    tar = subprocess.run(["tar", "-cz", "-C", str(folder), "."], stdout=subprocess.PIPE, check=True)
    return len(tar.stdout)


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        site, venv = Path(scratch, "site"), Path(scratch, "venv")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        pip = [sys.executable, "-m", "pip", "--python", str(venv), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(ROOT / "requirements.txt")], check=True)
        checkout.copied(site, ROOT / ".slugignore")
        keys = {"SECRET_KEY": "s", "ENCRYPTION_KEY": "e", "STATIC_ROOT": "collected"}
        command = [str(venv / "bin/python"), "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(command, cwd=site, env=os.environ | keys, check=True)
        (installed,) = venv.glob("lib/python*/site-packages")
        by_package, total = packages(installed), size(venv) + size(site)
        begins("Installed, without the local backend and tools")
        told("the site and all its packages", megabytes(total), f"under {WANTED} MB", "2,600 MB")
        told("  the packages alone", megabytes(size(venv)))
        for name, bytes_ in by_package.most_common(LARGEST):
            told(f"    {name}", megabytes(bytes_))
        told("  packed, as a slug is", megabytes(packed(Path(scratch))), f"under {WANTED} MB")
    return int(total > WANTED * MB)


if __name__ == "__main__":
    sys.exit(main())
