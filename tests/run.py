"""`make test`: every test, on SQLite, on PostgreSQL and in a browser; the exit code tells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests import postgresql
from tests.plugin import ROOT

PYTEST = [sys.executable, "-m", "pytest", "-q"]
CORES = os.cpu_count() or 1
# Much of the time is spent waiting: for a model that talks slowly, a process that is killed, a page that loads.
WORKERS = ["-n", str(2 * CORES), "--dist", "worksteal"]


# What is held to the second there is not held to it beside everything else.
TIMED = "tests/conversations/test_crashes.py"
WITHOUT = ["--ignore=tests/browser", f"--ignore={TIMED}"]


def main() -> int:
    install()
    skipped: list[str] = []
    failed = [name for name, passed in [
        ("on SQLite", passes(*PYTEST, *WORKERS, *WITHOUT)),
        ("of crashes", passes(*PYTEST, "-n", str(CORES), TIMED)),
        ("on PostgreSQL", on_postgresql(skipped)),
        ("in the browser", passes(*PYTEST, *WORKERS, "tests/browser")),
        ("of the scripts", scripts(skipped)),
    ] if not passed]  # fmt: skip
    for reason in skipped:
        print(f"SKIPPED: {reason}")
    if failed:
        print(f"FAILED: the tests {', '.join(failed)}")
    return bool(failed or (skipped and os.environ.get("CI")))


def install() -> None:
    """As root on Debian the tests get what they need; elsewhere what is missing is skipped and listed."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["sh", ".ci/install"], cwd=ROOT, check=False)


def passes(*command: str, **environment: str) -> bool:
    print(f"\n$ {' '.join(Path(part).name if part == sys.executable else part for part in command)}", flush=True)
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False).returncode == 0


def on_postgresql(skipped: list[str]) -> bool:
    if postgresql.programs() is None:
        skipped.append("the tests on PostgreSQL: it is not installed")
        return True
    with ExitStack() as stack:
        url = stack.enter_context(postgresql.server())
        return passes(*PYTEST, *WORKERS, *WITHOUT, "-m", "django_db or database", TEST_DATABASE_URL=url)


def scripts(skipped: list[str]) -> bool:
    node = shutil.which("node")
    if node is None:
        skipped.append("the tests of the page's scripts: node is not installed")
        return True
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests/js").glob("*.test.js"))
    return passes(node, "--test", *files)


if __name__ == "__main__":
    sys.exit(main())
