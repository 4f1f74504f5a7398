"""The page of a conversation, as a person finds their way in it: by the names of what is there."""

from __future__ import annotations

import re
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest

from tests.browser.chromium import EXECUTABLE
from tests.browser.people import Person

if EXECUTABLE is None:
    pytest.skip("Chromium is not installed", allow_module_level=True)
pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

__all__ = ["Chat", "Locator", "Route", "Visit", "expect"]

SAID = re.compile(r"^(?!You said$).+ said$")
RECORD = """log => {
    globalThis.lengths = [];
    new MutationObserver(() => lengths.push(log.innerText.length)).observe(
        log, {childList: true, subtree: true, characterData: true});
}"""
RECORD_TEXTS = """log => {
    globalThis.texts = [];
    const note = () => texts.push([...log.querySelectorAll("[data-part=body]")].at(-1)?.textContent.trim() ?? "");
    new MutationObserver(note).observe(log, {childList: true, subtree: true, characterData: true});
    note();
}"""

HIDE = """hidden => {
    const now = {visibilityState: hidden ? "hidden" : "visible", hidden, hasFocus: () => !hidden};
    for (const [name, value] of Object.entries(now)) {
        Object.defineProperty(document, name, {configurable: true, value});
    }
    document.dispatchEvent(new Event("visibilitychange"));
}"""


class Chat:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.message = page.get_by_role("textbox", name="Message", exact=True)
        self.send = page.get_by_role("button", name="Send message")
        self.stop = page.get_by_role("button", name="Stop generating")
        self.log = page.get_by_role("log", name="Messages")
        self.questions = self.log.get_by_role("article", name="You said", exact=True)
        self.replies = self.log.get_by_role("article", name=SAID)
        self.navigation = page.get_by_role("navigation", name="Conversations")
        self.rows = self.navigation.get_by_role("listitem").get_by_role("link")
        self.heading = page.get_by_role("heading", level=1)
        self.queued = page.get_by_role("article", name="Queued message")
        self.menu = page.get_by_role("menu", name="Conversation options")

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    @property
    def id(self) -> str:
        """Of the conversation that is open; it has one in its address once something was said."""
        return urlsplit(self.page.url).path.split("/")[2]

    def open(self, conversation: str = "new") -> Chat:
        self.page.goto(f"{self.url}/c/{conversation}/")
        return self

    def reload(self) -> None:
        self.page.reload()

    def ready(self) -> None:
        """A page that a click or a key has led to: seen is not yet loaded, and before that it hears of no key."""
        self.page.wait_for_load_state()

    def say(self, text: str) -> None:
        """Types and sends, and waits for nothing but the question."""
        self.ready()
        said = self.questions.count()
        self.message.fill(text)
        self.send.click()
        expect(self.questions).to_have_count(said + 1)

    def ask(self, text: str) -> Locator:
        """Says something and waits for the end of the reply."""
        self.say(text)
        return self.answered()

    def answered(self) -> Locator:
        reply = self.replies.last
        expect(reply).not_to_have_attribute("aria-busy", "true")
        expect(self.stop).to_be_hidden()
        return reply

    def row(self, title: str) -> Locator:
        return self.navigation.get_by_role("link", name=title, exact=True)

    def options(self, title: str) -> Locator:
        """The menu of a conversation, opened."""
        self.ready()
        self.row(title).hover()
        self.navigation.get_by_role("button", name=f"Conversation options: {title}").click()
        expect(self.menu).to_be_visible()
        return self.menu

    def look_away(self) -> None:
        """As if another tab were in front of this one."""
        self.page.evaluate(HIDE, True)

    def come_back(self) -> None:
        self.page.evaluate(HIDE, False)

    def record(self) -> None:
        """From now on the length of what is said is noted whenever it changes."""
        self.log.evaluate(RECORD)

    @property
    def growths(self) -> int:
        """How often it was longer than ever before."""
        lengths: list[int] = self.page.evaluate("lengths")
        longest = [max(lengths[:at], default=0) for at in range(len(lengths))]
        return sum(now > before for now, before in zip(lengths, longest, strict=True))

    def record_texts(self) -> None:
        """From now on the text of the last reply is noted whenever anything that is said changes."""
        self.log.evaluate(RECORD_TEXTS)

    @property
    def texts(self) -> list[str]:
        texts: list[str] = self.page.evaluate("texts")
        return texts


class Visit(Protocol):
    """Opens a browser of somebody's own, signed in or not, on an empty page."""

    def __call__(self, person: Person | None = None, *, at: str = ..., **options: Any) -> Chat: ...
