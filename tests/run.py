"""`make test`: every test, on SQLite, on PostgreSQL and in a browser; the exit code tells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import playwright
import pytest

from tests import postgresql
from tests.plugin import ROOT

PYTEST = [sys.executable, "-m", "pytest", "-q"]
CORES = os.cpu_count() or 1
# Much of the time is spent waiting: for a model that talks slowly, a process that is killed, a page that loads.
WORKERS = ["-n", str(2 * CORES), "--dist", "worksteal"]
# What is held to the second there is not held to it beside everything else.
TIMED = "tests/conversations/test_crashes.py"
WITHOUT = ["--ignore=tests/browser", f"--ignore={TIMED}"]
LINES = 150
"""Of the output of what failed, said again at the very end: of a run elsewhere often no more than that is kept."""

said: list[str] = []


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
    print("\n".join(said))
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
    code, output = _told(*command, **environment)
    if code == pytest.ExitCode.TESTS_FAILED and os.environ.get("CI") and "pytest" in command:
        # Nobody can look into that machine. What fails there is tried once more by itself, which tells what does
        # not always hold from what is broken; it is named at the end either way, to be mended.
        said.append(f"FAILED, and was run again by itself:\n{output}")
        code, output = _told(*command, "--last-failed", "--last-failed-no-failures=none", **environment)
        said.append("UNSTEADY: it passed when it was run again." if code == 0 else "It failed again:")
    if code:
        said.append(output)
    return code == 0


def _told(*command: str, **environment: str) -> tuple[int, str]:
    """The exit code, and the last lines that were printed."""
    print(f"\n$ {' '.join(Path(part).name if part == sys.executable else part for part in command)}", flush=True)
    output = b""
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout
        while some := os.read(process.stdout.fileno(), 65536):
            sys.stdout.buffer.write(some)
            sys.stdout.flush()
            output += some
    return process.returncode, "\n".join(output.decode(errors="replace").splitlines()[-LINES:])


def on_postgresql(skipped: list[str]) -> bool:
    if postgresql.programs() is None:
        skipped.append("the tests on PostgreSQL: it is not installed")
        return True
    with ExitStack() as stack:
        url = stack.enter_context(postgresql.server())
        return passes(*PYTEST, *WORKERS, *WITHOUT, "-m", "django_db or database", TEST_DATABASE_URL=url)


def scripts(skipped: list[str]) -> bool:
    # The one that Playwright brings along: Debian 12 has one whose timers cannot be stopped.
    node = Path(playwright.__file__).parent / "driver/node"
    if not node.exists():
        skipped.append("the tests of the page's scripts: Playwright has no Node.js for this machine")
        return True
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests/js").glob("*.test.js"))
    return passes(str(node), "--test", *files)


if __name__ == "__main__":
    sys.exit(main())
