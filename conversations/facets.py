"""The parts of a transcript that are set as a whole."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from conversations.document import (
    TICK,
    Object,
    count,
    fields,
    flag,
    ident,
    mapping,
    maybe,
    number,
    several,
    sorted_keys,
    stamp,
    text,
    time,
    to_the_millisecond,
    whole,
)


@dataclass(frozen=True)
class Facet:
    extra: Object = field(default_factory=dict, kw_only=True)

    def raw(self) -> Object:
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self) if item.name != "extra"}
        return {**values, **sorted_keys(self.extra)}


@dataclass(frozen=True)
class Owner(Facet):
    id: str
    username: str

    @classmethod
    def read(cls, raw: Any, where: str) -> Owner:
        return cls(**fields(raw, {"id": ident, "username": text}, where, ("id", "username")))


@dataclass(frozen=True)
class Flags(Facet):
    pinned: bool = False
    archived: bool = False
    tags: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, raw: Any, where: str) -> Flags:
        return cls(**fields(raw, {"pinned": flag, "archived": flag, "tags": several(text)}, where))


@dataclass(frozen=True)
class Settings(Facet):
    model: str | None = None
    system_prompt: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop: list[str] | None = None
    seed: int | None = None

    @classmethod
    def read(cls, raw: Any, where: str) -> Settings:
        readers = {
            "model": maybe(text),
            "system_prompt": maybe(text),
            "temperature": maybe(number),
            "top_p": maybe(number),
            "max_tokens": maybe(count),
            "frequency_penalty": maybe(number),
            "presence_penalty": maybe(number),
            "stop": maybe(several(text)),
            "seed": maybe(whole),
        }
        return cls(**fields(raw, readers, where))

    def having(self, changes: Mapping[str, Any]) -> Settings:
        """With these instead of what there was; of the keys a model does not know, None is left out."""
        known = {item.name for item in dataclasses.fields(self)} - {"extra"}
        more = {key: value for key, value in (self.extra | dict(changes)).items() if key not in known}
        extra = {key: value for key, value in more.items() if value is not None}
        return replace(self, **{key: value for key, value in changes.items() if key in known}, extra=extra)


@dataclass(frozen=True)
class Share(Facet):
    """That everybody with a link may read what was said until a message; without a `link` nobody may any more."""

    link: str | None
    message: str | None
    changed_at: datetime

    @classmethod
    def read(cls, raw: Any, where: str) -> Share:
        readers = {"link": maybe(ident), "message": maybe(ident), "changed_at": time}
        return cls(**fields(raw, readers, where, tuple(readers)))

    def raw(self) -> Object:
        return super().raw() | {"changed_at": stamp(self.changed_at)}


@dataclass(frozen=True)
class Changed(Facet):
    """When each of these was last set; which of two versions is right is decided by it, one by one."""

    title: datetime
    flags: datetime
    settings: datetime
    current: datetime

    @classmethod
    def read(cls, raw: Any, where: str, made: datetime) -> Changed:
        """A time that is not there is that of the making of the whole."""
        names = ("title", "flags", "settings", "current")
        times: Object = dict.fromkeys(names, made)
        return cls(**times | fields(raw, dict.fromkeys(names, time), where))

    def raw(self) -> Object:
        return {key: stamp(at) if isinstance(at, datetime) else at for key, at in super().raw().items()}

    def later(self, name: str, now: datetime) -> Changed:
        """A clock that runs behind must not make the newer change the older one."""
        at: datetime = getattr(self, name)
        changes: Object = {name: max(to_the_millisecond(now), at + TICK)}
        return replace(self, **changes)


@dataclass(frozen=True)
class Part(Facet):
    """Old messages in an object of their own, which never changes.

    `hinges` are those of them that are named from outside, as a parent or as `current`. `endings` are the last digits
    of all their ids, so that a message is found without opening every part; empty where that is not known. `roots` are
    those whose parent is not among them, in order, with that parent: the branches that begin in this part.
    """

    key: str
    count: int = 0
    bytes: int = 0
    hinges: list[str] = field(default_factory=list)
    endings: str = ""
    roots: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def read(cls, raw: Any, where: str) -> Part:
        readers = {
            "key": text,
            "count": count,
            "bytes": count,
            "hinges": several(ident),
            "endings": text,
            "roots": parents,
        }
        return cls(**fields(raw, readers, where, ("key",)))

    @staticmethod
    def endings_of(ids: Iterable[str]) -> str:
        return "".join(sorted(message_id[-ENDING:] for message_id in ids))

    @property
    def place(self) -> tuple[int, str]:
        numbered = re.search(r"part-(\d{1,9})-", self.key)
        return int(numbered[1]) if numbered else 0, self.key

    def may_hold(self, message_id: str) -> bool:
        if not self.endings or message_id in self.hinges:
            return True
        ending = message_id[-ENDING:]
        return any(self.endings[at : at + ENDING] == ending for at in range(0, len(self.endings), ENDING))

    def with_hinge(self, message_id: str) -> Part:
        return replace(self, hinges=sorted({*self.hinges, message_id}))

    def raw(self) -> Object:
        return {**super().raw(), "hinges": sorted(self.hinges)}


def parents(value: Any, where: str) -> dict[str, str | None]:
    """By the id of a message that of its parent."""
    parent = maybe(ident)
    return {ident(key, where): parent(of, f"{where}.{key}") for key, of in mapping(value, where).items()}


ENDING = 5
"""Digits per id. It is the last ones because the first are the time in some kinds of UUID, and then all alike."""
