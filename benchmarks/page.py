"""What the chat page costs a browser: bytes, requests, time until it is ready, time for a key while a reply streams.

`python -m benchmarks.page` drives Chromium against a site of its own and prints each number beside what is wanted.
Bytes are those on the wire, headers included (`encodedDataLength` of the browser's network events); "ready" is the
`load` event, counted from the navigation's start; a key's time is that of `Input.dispatchKeyEvent`, which answers when
the page has dealt with it and with all that came before it (the wait for the screen's next beat is not the page's),
while about a hundred tokens a second come in. The service worker is left out: it fetches three small files of its own
once, and of what it passes on the browser would not tell the size.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.table import begins, told
from tests.browser.chromium import ARGUMENTS, DESKTOP, EXECUTABLE
from tests.browser.people import in_site
from tests.model_server import ModelServer
from tests.site import Site, Visitor, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

MIXED = """Here is how, with $x_{{{n}}} = \\frac{{-b \\pm \\sqrt{{b^2-4ac}}}}{{2a}}$:

```python
def step{n}(items: list[int], factor: float = 1.5) -> float:
    return sum(item * factor for item in items if item % {m} == 0)
```

It sums what can be divided by {m}, and takes **linear** time.
"""
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
FILL = """
import json
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from conversations.models import Conversation
from conversations.message import Message
from conversations.transcript import Transcript
from conversations.transcripts import archive
from uuid import UUID, uuid4

texts = json.load(open({path!r}))
owner = User.objects.get(username={name!r})
now = timezone.now()
one = Transcript.new(UUID({id!r}), owner.id, owner.username, "test-model", now)
one.set_title("A long one", "user", now)
parent = None
for place, text in enumerate(texts):
    answered = {{"model": "test-model", "finish": "stop"}} if place % 2 else {{}}
    message = Message(str(uuid4()), role="assistant" if place % 2 else "user", text=text, parent=parent,
                      created_at=now + timedelta(seconds=place), **answered)
    one.add(message)
    parent = message.id
one.set_current(parent, now)
archive().create(one)
Conversation.objects.create(id=one.id, owner=owner, visible=True, title="A long one", title_by="user")
print(json.dumps(None))
"""


@dataclass
class Traffic:
    requests: list[str] = field(default_factory=list)
    sizes: dict[str, float] = field(default_factory=dict)

    @property
    def kilobytes(self) -> float:
        return sum(self.sizes.values()) / 1000


@contextmanager
def counted(context: BrowserContext) -> Iterator[tuple[Page, Traffic]]:
    page, traffic = context.new_page(), Traffic()
    network = context.new_cdp_session(page)
    network.send("Network.enable")

    def requested(event: dict[str, Any]) -> None:
        if not event["request"]["url"].startswith("data:") and "/c/changes/" not in event["request"]["url"]:
            traffic.requests.append(event["request"]["url"])

    def finished(event: dict[str, Any]) -> None:
        traffic.sizes[event["requestId"]] = event["encodedDataLength"]

    network.on("Network.requestWillBeSent", requested)
    network.on("Network.loadingFinished", finished)
    yield page, traffic
    page.close()


def opened(context: BrowserContext, url: str) -> tuple[Traffic, float]:
    """The traffic of a visit and the milliseconds until it was ready."""
    with counted(context) as (page, traffic):
        page.goto(url)
        page.wait_for_load_state("networkidle")
        return traffic, float(page.evaluate(LOADED))


def typed(context: BrowserContext, url: str, keys: int = 200) -> list[float]:
    """Milliseconds until the page has dealt with each key pressed while a reply streams."""
    page = context.new_page()
    page.goto(url)
    page.get_by_role("textbox", name="Message").fill(f"Talk [[slow 0.01]] [[say: {'word and ' * 900}]]")
    page.get_by_role("button", name="Send message").click()
    page.locator("article.reply").last.get_by_text("word and word").first.wait_for()
    keyboard = context.new_cdp_session(page)
    times = []
    for _ in range(keys):
        began = time.perf_counter()
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "key": "x", "code": "KeyX", "text": "x"})
        times.append((time.perf_counter() - began) * 1000)
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": "x", "code": "KeyX"})
        page.wait_for_timeout(20)
    page.get_by_role("button", name="Stop generating").click()
    page.close()
    return sorted(times)


def filled(site: Site, name: str, texts: list[str]) -> str:
    """A conversation in which so much has been said."""
    path = Path(site.settings["VAR_DIR"]) / "texts.json"
    path.write_text(json.dumps(texts))
    conversation = str(uuid.uuid4())
    in_site(site, FILL.format(path=str(path), name=name, id=conversation))
    return conversation


def measured(site: Site, visitor: Visitor, browser: Browser) -> Iterator[tuple[str, str, str, str]]:
    """What it is, what it takes, what is wanted at most, and what the rival takes."""
    short = visitor.say("Hello [[say: Hello to you, and welcome.]]").conversation
    mixed = filled(site, visitor.username, [MIXED.format(n=n, m=n + 2) if n % 2 else f"Step {n}?" for n in range(50)])
    long = filled(site, visitor.username, [f"Message {n}. " + "Some words that follow. " * 12 for n in range(500)])

    def fresh() -> BrowserContext:
        context = browser.new_context(**DESKTOP, service_workers="block")
        for name, value in visitor.http.cookies.items():
            context.add_cookies([{"name": name, "value": value, "url": site.url}])
        return context

    context = fresh()
    traffic, ready = opened(context, f"{site.url}/c/{short}/")
    yield "chat page, cold: kB", f"{traffic.kilobytes:.0f}", "150", "2,730"
    yield "chat page, cold: requests", f"{len(traffic.requests)}", "15", "232"
    yield "chat page, cold: ready, ms", f"{ready:.0f}", "1,000", "3,500"
    traffic, _ = opened(context, f"{site.url}/c/{short}/")
    yield "second visit: kB", f"{traffic.kilobytes:.1f}", "30", ""
    traffic, ready = opened(fresh(), f"{site.url}/c/{mixed}/")
    yield "50 messages with code and math, cold: kB", f"{traffic.kilobytes:.0f}", "450", ""
    yield "50 messages with code and math, cold: ready, ms", f"{ready:.0f}", "1,000", ""
    _, ready = opened(fresh(), f"{site.url}/c/{long}/")
    yield "500 messages: ready, ms", f"{ready:.0f}", "1,000", ""
    times = typed(context, f"{site.url}/c/{long}/")
    yield "a key while a reply streams below 500 messages: median ms", f"{statistics.median(times):.1f}", "16", ""
    yield "the same, 95 of 100 keys: ms", f"{times[int(len(times) * 0.95)]:.1f}", "16", ""


def main() -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with (
        ModelServer() as model,
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), LLM_BASE_URL=model.base_url, LLM_TITLES="false") as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        visitor = site.visitor()
        begins("The chat page in a browser")
        for quantity, value, wanted, rival in measured(site, visitor, browser):
            told(quantity, value, f"at most {wanted}", rival)
        browser.close()


if __name__ == "__main__":
    main()
