"""What a server makes of conditions on writes. None says so beforehand: it is found out by trying.

Ceph wants the tag in If-Match without its quotes, Swift refuses conditions, others take and ignore them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

SPELLINGS = ('"{}"', "{}")
"""How a tag may have to stand in If-Match; the first is the standard's."""


class Refused(Exception):
    """For the probe: the server knows no such condition."""


@dataclass(frozen=True)
class Conditions:
    honoured: bool
    spelling: str = SPELLINGS[0]
    otherwise: str = ""
    """What the server does when it does not honour them."""

    def __str__(self) -> str:
        """For the log, after the name of the store."""
        if self.honoured:
            return "honours conditional writes"
        return f"cannot write under conditions (it {self.otherwise}): a lock in the database holds writers apart"


class Scratch(Protocol):
    """One key that nobody else uses."""

    def write(self, data: bytes, **condition: str) -> str | None:
        """The new tag, or None because the condition is not met; Refused."""

    def tag(self) -> str | None: ...

    def delete(self) -> None: ...


def probe(key: Scratch) -> Conditions:
    """Six small requests to a server that keeps to the standard, eight at most."""
    try:
        conditions = _tried(key)
    except Refused:
        conditions = Conditions(honoured=False, otherwise="refuses them")
    # Not after an outage: it would have to be waited for once more.
    key.delete()
    return conditions


def _tried(key: Scratch) -> Conditions:
    # A lost answer is sent again, and the second time the first success stands in its way: look what is there.
    first = key.write(b"1", IfNoneMatch="*") or key.tag()
    if first is None or key.write(b"2", IfNoneMatch="*"):
        return Conditions(honoured=False, otherwise="ignores If-None-Match")
    spelling = next((spelling for spelling in SPELLINGS if _replaced(key, first, spelling)), None)
    if spelling is None:
        return Conditions(honoured=False, otherwise="understands no tag in If-Match")
    stale = spelling.format(first)
    if key.write(b"4", IfMatch=stale):
        return Conditions(honoured=False, otherwise="ignores If-Match")
    key.delete()
    if key.write(b"5", IfMatch=stale):
        return Conditions(honoured=False, otherwise="replaces what is not there")
    return Conditions(honoured=True, spelling=spelling)


def _replaced(key: Scratch, tag: str, spelling: str) -> bool:
    return key.write(b"3", IfMatch=spelling.format(tag)) is not None or key.tag() != tag
