"""What Lighthouse says of the pages: `python -m benchmarks.lighthouse`.

It needs Node.js and brings Lighthouse itself from npm, which is why it is not among the tests. Each page is judged as
on a phone and as on a desktop, signed in but for the log-in; below what is wanted the exit code is 1 and what was found
fault with is named.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.chromium import ARGUMENTS, EXECUTABLE
from tests.model_server import ModelServer
from tests.ports import free_port
from tests.site import Visitor, running

LIGHTHOUSE = "lighthouse@12.8.2"
WANTED = {"performance": 95, "accessibility": 100, "best-practices": 100}
SAID = "Hello [[say: ## Hello\n\nIt is *here*:\n\n```python\nprint(1)\n```\n\n| a | b |\n| - | - |\n| 1 | $x^2$ |]]"


def judged(url: str, device: str, port: int, folder: Path) -> dict[str, Any]:
    npx = shutil.which("npx")
    assert npx, "Node.js is needed"
    report = folder / "report.json"
    command = [
        npx,
        "--yes",
        LIGHTHOUSE,
        url,
        "--quiet",
        f"--port={port}",
        "--disable-storage-reset",
        f"--only-categories={','.join(WANTED)}",
        "--output=json",
        f"--output-path={report}",
        *(["--preset=desktop"] if device == "desktop" else []),
    ]
    subprocess.run(command, check=True)
    found: dict[str, Any] = json.loads(report.read_text())
    return found


@contextmanager
def browser(visitor: Visitor | None, folder: Path) -> Iterator[int]:
    """The port at which a browser can be told what to do; it is signed in as the visitor."""
    port = free_port()
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(folder), executable_path=EXECUTABLE, args=[*ARGUMENTS, f"--remote-debugging-port={port}"]
        )
        if visitor:
            url, cookies = str(visitor.http.base_url), visitor.http.cookies.items()
            context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies])
        yield port
        context.close()


def faults(report: dict[str, Any], category: str) -> list[str]:
    audits = report["audits"]
    weighed = [ref["id"] for ref in report["categories"][category]["auditRefs"] if ref["weight"]]
    return [audit for audit in weighed if (audits[audit]["score"] or 0) < 0.9 and audits[audit]["score"] is not None]


def told(name: str, device: str, report: dict[str, Any]) -> int:
    """Prints how a page did; how often it fell short."""
    scores = {key: round(report["categories"][key]["score"] * 100) for key in WANTED}
    print(f"{name:<24}{device:<10}" + "".join(f"{score:>16}" for score in scores.values()), flush=True)
    short = [category for category, wanted in WANTED.items() if scores[category] < wanted]
    for category in short:
        print(f"    {category}: {', '.join(faults(report, category)) or 'nothing named'}")
    return len(short)


def main() -> int:
    missed = 0
    print(f"{'page':<24}{'device':<10}" + "".join(f"{category:>16}" for category in WANTED))
    with (
        ModelServer() as model,
        tempfile.TemporaryDirectory() as var,
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as out,
        tempfile.TemporaryDirectory() as inside,
        running(Path(var), LLM_BASE_URL=model.base_url) as site,
    ):
        visitor = site.visitor()
        conversation = visitor.say(SAID).conversation
        pages = {
            "a new chat": "/c/new/",
            "a conversation": f"/c/{conversation}/",
            "settings": "/settings/",
        }
        outside = {"log in": "/accounts/login/"}
        for who, where, places in ((None, out, outside), (visitor, inside, pages)):
            with browser(who, Path(where)) as port:
                for name, path in places.items():
                    for device in ("phone", "desktop"):
                        report = judged(site.url + path, device, port, Path(folder))
                        missed += told(name, device, report)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
