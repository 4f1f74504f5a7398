"""What users choose for themselves, each choice with the time it was made, so that the newest wins everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Choices = dict[str, Any]
"""By name: `{"value", "changed_at"}`. Names and values that this version does not know are kept."""

NEWER = "!"
"""At the end of the theme's cookie: it was chosen in this browser, and the server may not know yet."""


@dataclass(frozen=True)
class Preferences:
    appearance: str = "auto"
    language: str = "auto"
    send_key: str = "enter"
    announcements: str = "sentences"
    model: str = ""
    system_prompt: str = ""
    about_me: str = ""
    how_to_answer: str = ""


LONGEST = {"model": 200, "system_prompt": 20_000, "about_me": 5_000, "how_to_answer": 5_000}
"""What is written instead of chosen from a list, and how many characters it may have."""

OPTIONS: dict[str, dict[str, str | Promise]] = {
    "appearance": {"auto": _("Like the device"), "light": _("Light"), "dark": _("Dark")},
    "language": {"auto": _("Automatic"), **dict(settings.LANGUAGES)},
    "send_key": {"enter": _("Enter"), "ctrl-enter": _("Ctrl + Enter")},
    "announcements": {"sentences": _("Each sentence"), "done": _("Only when it is done")},
}
"""By name: what may be chosen, and how it is called."""


def preferences(choices: Choices) -> Preferences:
    """What this version makes of them."""
    known = {}
    for name, allowed in OPTIONS.items():
        value = _entry(choices.get(name)).get("value")
        if isinstance(value, str) and value in allowed:
            known[name] = value
    for name, longest in LONGEST.items():
        value = _entry(choices.get(name)).get("value")
        if isinstance(value, str) and len(value) <= longest:
            known[name] = value
    return Preferences(**known)


def chosen(values: Mapping[str, str], now: datetime) -> Choices:
    stamp = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {name: {"value": value, "changed_at": stamp} for name, value in values.items()}


def merged(ours: Choices, theirs: Choices) -> Choices:
    """Of each choice the later one, the same whichever side asks."""
    names = sorted(ours.keys() | theirs.keys())
    return {name: max(_entry(ours.get(name)), _entry(theirs.get(name)), key=_rank) for name in names}


def theme(cookies: Mapping[str, str], known: Preferences | None = None) -> str:
    """The one to show: the user's own, unless this browser knows of a newer choice; before sign-in the browser's."""
    cookie = cookies.get("theme", "")
    kept = cookie.removesuffix(NEWER)
    if kept not in OPTIONS["appearance"]:
        return known.appearance if known else "auto"
    return kept if known is None or cookie.endswith(NEWER) else known.appearance


def _entry(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _rank(entry: dict[str, Any]) -> tuple[str, str]:
    return str(entry.get("changed_at", "")), str(sorted(entry.items(), key=str))
