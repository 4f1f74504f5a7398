"""Things a user keeps under ids in their profile, such as prompts.

They merge like preferences, each by the time it was changed. One that was deleted leaves a mark, so that an older copy
does not bring it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from conversations.document import TICK, UUID, Unreadable, canonical, stamp, time

Entries = dict[str, Any]
"""By id: `{…, "changed_at"}`, or `{"deleted": true, "changed_at"}`. What else stands there is kept."""

MOST_MARKS = 500
"""Of deleted ones; after so many more an older copy could bring the first back."""

NEVER = datetime.min.replace(tzinfo=UTC)


class TooMany(Exception):
    """There are as many as there may be."""


class Gone(Exception):
    """It was deleted meanwhile."""


def living(entries: Entries) -> Iterator[tuple[str, dict[str, Any]]]:
    """Those that are not deleted, the one changed longest ago first."""
    for key in sorted(entries, key=lambda key: _rank(_entry(entries[key]))):
        entry = _entry(entries[key])
        if entry and UUID.fullmatch(key) and not entry.get("deleted"):
            yield key, entry


def put(entries: Entries, key: str, entry: dict[str, Any], now: datetime) -> Entries:
    # Later than what it replaces, whatever the clocks of two machines say.
    moment = max(now, _time(_entry(entries.get(key))) + TICK)
    return entries | {key: entry | {"changed_at": stamp(moment)}}


def deleted(entries: Entries, key: str, now: datetime) -> Entries:
    """Without it, its words and whatever else was known of it."""
    return put(entries, key, {"deleted": True}, now) if key in entries else entries


def merged(ours: Entries, theirs: Entries) -> Entries:
    """Of each the later one, the same in any order."""
    ids = sorted(ours.keys() | theirs.keys())
    return {key: max(_entry(ours.get(key)), _entry(theirs.get(key)), key=_rank) for key in ids}


def kept(ours: Entries, theirs: Entries) -> Entries:
    """Merged, without the oldest marks of deleted ones."""
    both = merged(ours, theirs)
    marks = sorted((key for key, entry in both.items() if entry.get("deleted")), key=lambda key: _rank(both[key]))
    for key in marks[:-MOST_MARKS]:
        del both[key]
    return both


def _entry(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _rank(entry: dict[str, Any]) -> tuple[datetime, str]:
    return _time(entry), canonical(dict(sorted(entry.items())))


def _time(entry: dict[str, Any]) -> datetime:
    try:
        return time(entry.get("changed_at"), "changed_at")
    except Unreadable:
        return NEVER
