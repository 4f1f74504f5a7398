"""Presets: under a name a model, how it is to answer, what to begin with, and examples of its answers.

A user's own lie in the profile, the site's in the database; of each is kept `{"name", "settings", "starters",
"examples"}`, with the settings of a transcript.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from accounts.models import User
from conversations.library import Entries, Gone, TooMany, living, put
from conversations.models import SitePreset
from conversations.tuning import initial_of

MOST = 50
LONGEST_NAME = 80
LONGEST_MODEL = 200
MOST_STARTERS = 6
LONGEST_STARTER = 2_000
MOST_EXAMPLES = 10
LONGEST_EXAMPLE = 4_000


class Example(NamedTuple):
    user: str
    assistant: str


@dataclass(frozen=True)
class Preset:
    id: str
    name: str
    model: str = ""
    """Empty for whichever one the user has chosen."""
    tuning: Mapping[str, Any] = field(default_factory=dict)
    starters: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    is_own: bool = True

    @property
    def system_prompt(self) -> str:
        return self.tuning.get("system_prompt") or ""

    def settings(self) -> dict[str, Any]:
        """Of a conversation that begins with it, as its transcript keeps them."""
        return {
            "model": self.model or None,
            **initial_of(self.tuning),
            "preset": self.name,
            "examples": [example._asdict() for example in self.examples],
        }

    def fields(self) -> dict[str, Any]:
        """As its form shows it and as scripts get it."""
        examples = [example._asdict() for example in self.examples]
        return {
            "name": self.name,
            "model": self.model,
            **initial_of(self.tuning),
            "starters": list(self.starters),
            "examples": examples,
        }

    def kept(self) -> dict[str, Any]:
        fields = self.fields()
        apart = {name: fields.pop(name) for name in ("name", "starters", "examples")}
        return {"name": apart.pop("name"), "settings": fields | {"model": self.model or None}, **apart}

    @classmethod
    def of_fields(cls, number: str, fields: Mapping[str, Any]) -> Preset:
        """Of the cleaned fields of a form."""
        starters = tuple(fields["starters"])
        examples = tuple(Example(**example) for example in fields["examples"])
        return cls(number, fields["name"], fields["model"], initial_of(fields), starters, examples)

    @classmethod
    def read(cls, number: str, raw: Mapping[str, Any]) -> Preset | None:
        """Of what is kept. Nonsense in it counts as empty; what has no name is none."""
        name, settings = _text(raw.get("name"), LONGEST_NAME), raw.get("settings")
        if not name:
            return None
        settings = settings if isinstance(settings, dict) else {}
        starters = [one for one in _list(raw.get("starters")) if _text(one, LONGEST_STARTER)]
        pairs = [one for one in _list(raw.get("examples")) if isinstance(one, dict)]
        examples = [
            Example(*(_text(pair.get(side), LONGEST_EXAMPLE) for side in ("user", "assistant"))) for pair in pairs
        ]
        return cls(
            number,
            name,
            _text(settings.get("model"), LONGEST_MODEL),
            initial_of(settings),
            tuple(starters[:MOST_STARTERS]),
            tuple([example for example in examples if all(example)][:MOST_EXAMPLES]),
        )


def presets_of(user: User) -> list[Preset]:
    """The user's own, then the site's, each by name."""
    return [*own(user.presets), *sites()]


def preset(user: User, number: UUID | str) -> Preset | None:
    """One of the user's own or of the site's."""
    try:
        number = UUID(str(number))
    except ValueError:
        return None
    found = next((one for one in own(user.presets) if one.id == str(number)), None)
    if found is None and (row := SitePreset.objects.filter(id=number).first()):
        return of_row(row)
    return found


def own(entries: Entries) -> list[Preset]:
    found = [one for key, entry in living(entries) if (one := Preset.read(key, entry))]
    return sorted(found, key=lambda one: one.name.casefold())


def sites() -> list[Preset]:
    return [one for row in SitePreset.objects.all() if (one := of_row(row))]


def of_row(row: SitePreset) -> Preset | None:
    kept = {"name": row.name, "settings": row.settings, "starters": row.starters, "examples": row.examples}
    found = Preset.read(str(row.id), kept)
    return replace(found, is_own=False) if found else None


def added(entries: Entries, preset: Preset, now: datetime) -> Entries:
    """With one more; a form that was sent twice adds it once. Raises TooMany."""
    if twin(entries, preset):
        return entries
    if len(own(entries)) >= MOST:
        raise TooMany
    return put(entries, preset.id, preset.kept(), now)


def changed(entries: Entries, preset: Preset, now: datetime) -> Entries:
    """With another version of one that is there. Raises Gone."""
    if preset.id not in {one.id for one in own(entries)}:
        raise Gone
    known, new = entries[preset.id], preset.kept()
    settings = known["settings"] if isinstance(known.get("settings"), dict) else {}
    return put(entries, preset.id, known | new | {"settings": settings | new["settings"]}, now)


def twin(entries: Entries, preset: Preset) -> Preset | None:
    """The one among them that says the same under the same name."""
    return next((one for one in own(entries) if replace(one, id=preset.id) == replace(preset, is_own=True)), None)


def _text(value: Any, longest: int) -> str:
    return value if isinstance(value, str) and value.strip() and len(value) <= longest else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
