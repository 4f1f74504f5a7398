"""A user's own prompts: texts that a command, such as `/translate`, puts into the message box.

They merge like preferences, each by the time it was changed. One that was deleted leaves a mark, so that an older copy
does not bring it back.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conversations.document import TICK, UUID, Unreadable, canonical, stamp, time

Entries = dict[str, Any]
"""By id: `{"command", "text", "changed_at"}`, or `{"deleted": true, "changed_at"}`. What else stands there is kept."""

MOST = 200
MOST_MARKS = 500
"""Of deleted ones; after so many more an older copy could bring the first back."""

LONGEST_COMMAND = 40
LONGEST_TEXT = 20_000
NEVER = datetime.min.replace(tzinfo=UTC)


class Taken(Exception):
    """Another prompt has the command."""


class TooMany(Exception):
    """There are as many as there may be."""


class Gone(Exception):
    """It was deleted meanwhile."""


@dataclass(frozen=True)
class Prompt:
    id: str
    command: str
    text: str


def prompts(entries: Entries) -> list[Prompt]:
    """By command. Where two writers took the same one, all but the first to have it get a number."""
    names: set[str] = set()
    found = []
    for prompt in sorted(_living(entries), key=lambda prompt: _rank(entries[prompt.id])):
        command, number = prompt.command, 1
        while same(command) in names:
            number += 1
            command = f"{prompt.command[: LONGEST_COMMAND - len(f'-{number}')]}-{number}"
        names.add(same(command))
        found.append(Prompt(prompt.id, command, prompt.text))
    return sorted(found, key=lambda prompt: same(prompt.command))


def same(command: str) -> str:
    """Equal for commands that nobody would tell apart."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", command).casefold())


def added(entries: Entries, prompt: Prompt, now: datetime) -> Entries:
    """With one more; a form that was sent twice adds it once. Raises Taken, TooMany."""
    others = prompts(entries)
    twin = next((other for other in others if same(other.command) == same(prompt.command)), None)
    if twin and twin.text == prompt.text:
        return entries
    if twin:
        raise Taken
    if len(others) >= MOST:
        raise TooMany
    return _with(entries, prompt.id, {"command": prompt.command, "text": prompt.text}, now)


def changed(entries: Entries, prompt: Prompt, now: datetime) -> Entries:
    """With other words for one that is there. Raises Taken, Gone."""
    others = {other.id: same(other.command) for other in prompts(entries)}
    if others.pop(prompt.id, None) is None:
        raise Gone
    if same(prompt.command) in others.values():
        raise Taken
    known = entries[prompt.id]
    return _with(entries, prompt.id, known | {"command": prompt.command, "text": prompt.text}, now)


def deleted(entries: Entries, prompt: str, now: datetime) -> Entries:
    """Without it, its words and whatever else was known of it."""
    return _with(entries, prompt, {"deleted": True}, now) if prompt in entries else entries


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


def _living(entries: Entries) -> Iterator[Prompt]:
    for key, value in entries.items():
        entry = _entry(value)
        command, text = entry.get("command"), entry.get("text")
        is_whole = isinstance(command, str) and isinstance(text, str) and bool(command and text)
        if is_whole and UUID.fullmatch(key) and not entry.get("deleted"):
            yield Prompt(key, str(command), str(text))


def _with(entries: Entries, key: str, entry: dict[str, Any], now: datetime) -> Entries:
    # Later than what it replaces, whatever the clocks of two machines say.
    moment = max(now, _time(_entry(entries.get(key))) + TICK)
    return entries | {key: entry | {"changed_at": stamp(moment)}}


def _entry(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _rank(entry: dict[str, Any]) -> tuple[datetime, str]:
    return _time(entry), canonical(dict(sorted(entry.items())))


def _time(entry: dict[str, Any]) -> datetime:
    try:
        return time(entry.get("changed_at"), "changed_at")
    except Unreadable:
        return NEVER
