"""`make screenshots`: the pictures of the README, taken from the real site with a model server of the tests."""

from __future__ import annotations

import sqlite3
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.chromium import ARGUMENTS, EXECUTABLE
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.plugin import ROOT
from tests.site import Site, Visitor, running

FOLDER = ROOT / "docs/screenshots"
Scheme = Literal["light", "dark"]
SHOTS: list[tuple[str, ViewportSize, Scheme]] = [
    ("conversation", {"width": 1280, "height": 800}, "light"),
    ("dark", {"width": 1280, "height": 800}, "dark"),
    ("phone", {"width": 390, "height": 844}, "light"),
]

QUESTION = "How do I find duplicate photos in a folder, and what should I watch out for?"
REPLY = """Compare the files by their **content**, not by their names. Reading every byte is slow, so look at
the size first: only files of one size can be equal.

```python
from collections import defaultdict
from hashlib import sha256
from pathlib import Path

def duplicates(folder: str) -> list[list[Path]]:
    by_size = defaultdict(list)
    for path in Path(folder).rglob("*.jpg"):
        by_size[path.stat().st_size].append(path)
    by_hash = defaultdict(list)
    for paths in by_size.values():
        for path in paths if len(paths) > 1 else []:
            by_hash[sha256(path.read_bytes()).digest()].append(path)
    return [paths for paths in by_hash.values() if len(paths) > 1]
```

What can still surprise you:

| Case | Found? | What to do |
|---|:---:|---|
| The same file under two names | yes | keep one |
| The same photo, saved smaller | no | compare a perceptual hash |
| Only the date in the file differs | no | strip the metadata first |

1. **Look before you delete.** Print the groups and check a few.
2. **Keep the oldest**, it is most likely the original.
"""
EARLIER = [
    ("Explain how a rainbow comes about", "How Rainbows Split White Light", 0),
    ("Plan a weekend in Rome", "A Relaxed Weekend in Rome", 1),
    ("What is the difference between TCP and UDP?", "Comparing TCP and UDP Protocols", 1),
    ("Write a limerick about a lighthouse", "Limerick About a Lonely Lighthouse", 4),
    ("How do I prune an apple tree?", "Pruning Apple Trees in Winter", 6),
    ("Translate the menu", "Translating a Portuguese Dinner Menu", 19),
    ("Explain monads", "Monads Explained With Everyday Boxes", 64),
]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with ModelServer() as models, tempfile.TemporaryDirectory() as var:
        settings = {"LLM_BASE_URL": models.base_url, "LLM_MODELS": "google/gemma-2-9b-it"}
        models.models = ("google/gemma-2-9b-it",)
        with running(Path(var), **settings) as site, sync_playwright() as playwright:
            visitor = site.visitor()
            with sqlite3.connect(site.var / "db.sqlite3") as database:
                database.execute("UPDATE accounts_user SET username = 'ada'")
            for question, title, days in EARLIER:
                talk(models, visitor, question, "Gladly.", title)
                move_back(site, title, days)
            conversation = talk(models, visitor, QUESTION, REPLY, "Finding Duplicate Photos by Content")
            browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
            for name, size, scheme in SHOTS:
                page = opened(browser, visitor, f"{site.url}/c/{conversation}/", size, scheme)
                page.screenshot(path=FOLDER / f"{name}.png")
            browser.close()


def talk(models: ModelServer, visitor: Visitor, question: str, reply: str, title: str) -> str:
    models.script.append(Answer(text=reply, delay=0))
    models.titles.append(Answer(text=title, delay=0))
    conversation = visitor.say(question).conversation
    visitor.post(f"/c/{conversation}/read/")
    return conversation


def move_back(site: Site, title: str, days: int) -> None:
    moment = datetime.now(UTC) - timedelta(days=days, minutes=5)
    with sqlite3.connect(site.var / "db.sqlite3") as database:
        database.execute(
            "UPDATE conversations_conversation SET updated_at = ? WHERE title = ?",
            (moment.strftime("%Y-%m-%d %H:%M:%S.%f"), title),
        )


def opened(browser: Browser, visitor: Visitor, url: str, size: ViewportSize, scheme: Scheme) -> Page:
    page = browser.new_page(
        viewport=size,
        color_scheme=scheme,
        timezone_id="UTC",
    )
    page.context.add_cookies([{"name": "sessionid", "value": visitor.http.cookies["sessionid"], "url": url}])
    page.goto(url)
    page.get_by_role("article").last.wait_for()
    page.wait_for_load_state("networkidle")
    return page


if __name__ == "__main__":
    main()
