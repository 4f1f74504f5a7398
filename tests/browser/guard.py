"""What no page may do: ask for anything elsewhere, open a dialog, or complain on its console."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, WebError

QUIET = ("data:", "blob:", "about:")


class Guard:
    def __init__(self) -> None:
        self.homes: set[str] = set()
        self.wrong: list[str] = []
        self.expected: list[re.Pattern[str]] = []
        # Tests do without the service worker, but for its own; those cut the wire while the page registers it.
        self.expect("Service Worker registration blocked", "An unknown error occurred when fetching the script")
        # A page asks for what is new also in the moment in which its person logs out.
        self.expect(r"status of 401 .*/c/changes/\?since=")
        # It says that an answer was seen also in the moment in which the conversation is deleted.
        self.expect("status of 404 .*/read/")

    def watch(self, context: BrowserContext, home: str) -> None:
        self.homes.add(f"{home}/")
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("dialog", self._dialog)

    def expect(self, *complaints: str) -> None:
        """Complaints on the console that belong to the test, such as a status the browser reports by itself."""
        self.expected += map(re.compile, complaints)

    def unexpected(self) -> list[str]:
        return [text for text in self.wrong if not any(pattern.search(text) for pattern in self.expected)]

    def _request(self, request: Request) -> None:
        if not request.url.startswith((*self.homes, *QUIET)):
            self.wrong.append(f"a request for {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning", "assert"}:
            self.wrong.append(f"{message.type} on the console: {message.text} ({message.location.get('url', '')})")

    def _error(self, error: WebError) -> None:
        self.wrong.append(f"a script failed: {error.error}")

    def _dialog(self, dialog: Dialog) -> None:
        self.wrong.append(f"a dialog: {dialog.message}")
        dialog.dismiss()
