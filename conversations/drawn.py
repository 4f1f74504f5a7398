"""HTML that was shown last. A long message takes a tenth of a second to draw, and each page shows nearly all again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from sys import getsizeof
from threading import Lock

from django.utils.safestring import SafeString

BYTES = 4 * 1024 * 1024
"""How much HTML is remembered of each kind, with what it was made of, as it lies in memory: a single emoji makes a text
four times as large."""


class Drawn:
    """For all threads."""

    def __init__(self, most: int = BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[SafeString, int]] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def html(self, what: tuple[Hashable, ...], draw: Callable[[], SafeString]) -> SafeString:
        """What `draw` gave for the same before, or gives now."""
        with self._lock:
            if found := self._kept.get(what):
                self._kept.move_to_end(what)
                return found[0]
        html = draw()
        # A text that is written somewhere may grow by what is written.
        size = getsizeof(html) + sum(map(getsizeof, what))
        with self._lock:
            if what not in self._kept:
                self._kept[what] = html, size
                self._size += size
            while self._size > self._most:
                self._size -= self._kept.popitem(last=False)[1][1]
        return html


bodies = Drawn()
"""What was said, for everybody."""

pieces = Drawn()
"""Pieces of pages, for who reads in one language and time zone."""
