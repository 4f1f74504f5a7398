"""The HTML of messages that were shown last. A long one takes a tenth of a second to draw, and pages show all again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from django.utils.safestring import SafeString, mark_safe

from conversations import render

CHARACTERS = 4_000_000
"""How much is remembered in all, text and HTML."""


class Drawn:
    """For all threads."""

    def __init__(self, most: int = CHARACTERS) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, str], SafeString] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def html(self, text: str, prefix: str) -> SafeString:
        """As `render.html`."""
        with self._lock:
            if found := self._kept.get((text, prefix)):
                self._kept.move_to_end((text, prefix))
                return found
        # Safe: render sanitizes what the model wrote.
        html = mark_safe(render.html(text, prefix))  # noqa: S308
        with self._lock:
            if (text, prefix) not in self._kept:
                self._kept[text, prefix] = html
                self._size += len(text) + len(html)
            while self._size > self._most:
                (oldest, _), dropped = self._kept.popitem(last=False)
                self._size -= len(oldest) + len(dropped)
        return html


drawn = Drawn()
