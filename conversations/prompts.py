"""A user's own prompts: texts that a command, such as `/translate`, puts into the message box.

Of each the profile keeps `{"command", "text", "changed_at"}`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from conversations.library import Entries, Gone, TooMany, living, put

MOST = 200
LONGEST_COMMAND = 40
LONGEST_TEXT = 20_000


class Taken(Exception):
    """Another prompt has the command."""


@dataclass(frozen=True)
class Prompt:
    id: str
    command: str
    text: str


def prompts(entries: Entries) -> list[Prompt]:
    """By command. Where two writers took the same one, all but the first to have it get a number."""
    names: set[str] = set()
    found = []
    for prompt in _living(entries):
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
    return put(entries, prompt.id, {"command": prompt.command, "text": prompt.text}, now)


def changed(entries: Entries, prompt: Prompt, now: datetime) -> Entries:
    """With other words for one that is there. Raises Taken, Gone."""
    others = {other.id: same(other.command) for other in prompts(entries)}
    if others.pop(prompt.id, None) is None:
        raise Gone
    if same(prompt.command) in others.values():
        raise Taken
    known = entries[prompt.id]
    return put(entries, prompt.id, known | {"command": prompt.command, "text": prompt.text}, now)


def _living(entries: Entries) -> Iterator[Prompt]:
    for key, entry in living(entries):
        command, text = entry.get("command"), entry.get("text")
        if isinstance(command, str) and isinstance(text, str) and command and text:
            yield Prompt(key, command, text)
