"""How long it takes from a clone to the first reply: `python -m benchmarks.newcomer` does what the README says.

`git clone` of what is committed here, `make run`, an account, a question to the built-in guide. What pip has cached is
used: the rest is the site's own time.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from benchmarks.table import begins, told
from tests.conversations.kept import wait_for
from tests.plugin import ROOT, blank
from tests.ports import free_port
from tests.site import Visitor

PATIENCE = 600
QUESTION = "How do I connect a model?"


@contextmanager
def made(folder: Path, port: int) -> Iterator[str]:
    """The address of the site that `make run` serves there."""
    python = getattr(sys, "_base_executable", sys.executable)
    with (folder / "run.log").open("wb") as log:
        make = subprocess.Popen(["make", "run", f"PYTHON={python}"], cwd=folder, env=blank() | {"PORT": str(port)},
                                stdout=log, stderr=log, start_new_session=True)  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: make.poll() is not None or _serves(url), PATIENCE)
        if make.poll() is not None:
            raise SystemExit((folder / "run.log").read_text())
        yield url
    finally:
        if make.poll() is None:
            os.killpg(make.pid, signal.SIGTERM)
        make.wait()


def _serves(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/healthz", trust_env=False).is_success
    except httpx2.TransportError:
        return False


def main() -> None:
    begins("A newcomer")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "chatsite")
        began = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        with made(folder, free_port()) as url:
            served = time.monotonic() - began
            said = Visitor(url).say(QUESTION)
            if said["done"]["finish"] != "stop":
                raise SystemExit(f"the guide said no more than {said.events[-3:]}")
            told("clone to first reply, packages cached", f"{time.monotonic() - began:.1f} s", "under 60 s")
            told("  of it until it is served", f"{served:.1f} s")


if __name__ == "__main__":
    main()
