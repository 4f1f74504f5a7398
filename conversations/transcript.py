"""Everything that was said in a conversation, as a tree of messages, and its JSON (docs/transcript.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from conversations.document import (
    TICK,
    NewerSchema,
    Object,
    Reader,
    Unreadable,
    count,
    dumps_with,
    fields,
    ident,
    loads,
    mapping,
    maybe,
    one_of,
    several,
    sorted_keys,
    stamp,
    text,
    time,
    to_the_millisecond,
)
from conversations.facets import Changed, Flags, Owner, Part, Settings, Share
from conversations.message import Message

SCHEMA = 1
TitleBy = Literal["model", "user", "fallback"]

__all__ = [
    "Flags",
    "Message",
    "NewerSchema",
    "Owner",
    "Part",
    "Settings",
    "Taken",
    "Transcript",
    "Unreadable",
]


class Taken(ValueError):
    """For the caller: another message has this id already."""


@dataclass(kw_only=True)
class Transcript:
    """`messages` is changed by `add` and `revise` only. Ids are accepted as text or as UUID."""

    id: str
    owner: Owner
    title: str = ""
    title_by: TitleBy = "fallback"
    created_at: datetime
    updated_at: datetime
    flags: Flags = field(default_factory=Flags)
    settings: Settings = field(default_factory=Settings)
    current: str | None = None
    share: Share | None = None
    changed: Changed
    messages: dict[str, Message] = field(default_factory=dict)
    amended: dict[str, Object] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    extra: Object = field(default_factory=dict)
    _tree: dict[str | None, list[Message]] | None = field(default=None, init=False, repr=False, compare=False)

    @classmethod
    def new(
        cls, conversation: UUID | str, owner: UUID | str, username: str, model: str | None, now: datetime
    ) -> Transcript:
        now = to_the_millisecond(now)
        return cls(
            id=str(conversation),
            owner=Owner(str(owner), username),
            settings=Settings(model=model),
            created_at=now,
            updated_at=now,
            changed=Changed(now, now, now, now),
        )

    def copy(self) -> Transcript:
        """One that can be changed while this one stays as it is."""
        return replace(
            self, messages=self.messages.copy(), amended=self.amended.copy(), parts=self.parts.copy(), extra=self.extra
        )

    def message(self, message_id: UUID | str) -> Message | None:
        return self.messages.get(str(message_id))

    @property
    def count(self) -> int:
        """How many messages it has, those in parts too."""
        return len(self.messages) + sum(part.count for part in self.parts)

    def knows(self, message_id: UUID | str) -> bool:
        """Whether it is here, or a hinge of a part; other messages in parts only the archive knows."""
        return str(message_id) in self.messages or any(str(message_id) in part.hinges for part in self.parts)

    def add(self, message: Message, now: datetime | None = None) -> None:
        """Adds a message; doing it again changes nothing, and of two states of a reply the better stays.

        Raises Taken when the id belongs to something else that was said.
        """
        present = self.messages.get(message.id)
        if present is not None and message.rev <= present.rev and not message.repeats(present):
            raise Taken(f"message {message.id} is there already and says something else")
        if present is None or message.rank > present.rank:
            self._put(message, now or message.created_at)

    def revise(self, message_id: UUID | str, now: datetime | None = None, **changes: Any) -> Message:
        """The next revision of a message that is here; KeyError when it is not."""
        message = self.messages[str(message_id)].revised(**changes)
        self._put(message, now or message.created_at)
        return message

    def amend(self, before: Message, after: Message) -> None:
        """Keeps the next revision of a message that lies in a part, given as it is by now."""
        old, new = before.raw(), after.raw()
        news = {key: value for key, value in new.items() if old.get(key) != value}
        self.amended[after.id] = {**self.amended.get(after.id, {}), **news}

    def amended_version(self, message: Message) -> Message:
        """A message out of a part as it is by now."""
        if message.id not in self.amended:
            return message
        return Message.read(message.raw() | self.amended[message.id], f"transcript.amended.{message.id}")

    def ordered(self) -> list[Message]:
        return in_order(self.messages)

    @property
    def leaf(self) -> str | None:
        """Where the page ends: `current`, or what was said last where that is unknown; None in a cleared one."""
        if self.is_cleared:
            return None
        return self.current if self.current and self.knows(self.current) else self.newest

    @property
    def newest(self) -> str | None:
        """What was said last."""
        return next((message.id for message in reversed(self.ordered())), None)

    @property
    def is_cleared(self) -> bool:
        """Whether it begins anew: nothing of what is there is shown, because somebody has wished so."""
        return self.current is None and self.changed.current > self.created_at

    def path(self, leaf: UUID | str | None) -> list[Message]:
        """From the root, or from the first message whose parent is not in this object, to the leaf."""
        path: dict[str, Message] = {}
        message = self.messages.get(str(leaf))
        while message is not None and message.id not in path:
            path[message.id] = message
            message = self.messages.get(message.parent or "")
        return list(path.values())[::-1]

    def children(self, parent: UUID | str | None) -> list[Message]:
        """In the order they were made; of None the roots, and what has lost its parent counts as one."""
        if self._tree is None:
            self._tree = {}
            for message in self.ordered():
                known = message.parent is not None and self.knows(message.parent)
                self._tree.setdefault(message.parent if known else None, []).append(message)
        return self._tree.get(None if parent is None else str(parent), [])

    def set_title(self, title: str, by: TitleBy, now: datetime) -> bool:
        """False when nothing was set, because the user has named the conversation and only they may again."""
        if self.title_by == "user" and by != "user":
            return False
        self.title, self.title_by = title, by
        self.changed = self.changed.later("title", now)
        return True

    def set_current(self, leaf: UUID | str | None, now: datetime) -> None:
        self.current = None if leaf is None else str(leaf)
        self.changed = self.changed.later("current", now)

    def set_flags(self, now: datetime, **changes: Any) -> None:
        self.flags = replace(self.flags, **changes)
        self.changed = self.changed.later("flags", now)

    def set_share(self, link: UUID | None, message: str | None, now: datetime) -> None:
        now = to_the_millisecond(now)
        at = max(now, self.share.changed_at + TICK) if self.share else now
        self.share = Share(str(link) if link else None, message, at)

    def set_settings(self, now: datetime, **changes: Any) -> None:
        self.settings = self.settings.having(changes)
        self.changed = self.changed.later("settings", now)

    def _put(self, message: Message, now: datetime) -> None:
        self.messages[message.id] = message
        self.updated_at = max(self.updated_at, to_the_millisecond(now))
        self._tree = None

    def to_json(self) -> bytes:
        raw = {
            "schema": SCHEMA,
            "id": self.id,
            "owner": self.owner.raw(),
            "title": self.title,
            "title_by": self.title_by,
            "created_at": stamp(self.created_at),
            "updated_at": stamp(self.updated_at),
            "flags": self.flags.raw(),
            "settings": self.settings.raw(),
            "current": self.current,
            "changed": self.changed.raw(),
            "messages": [],
            "amended": sorted_keys(self.amended),
            "parts": [part.raw() for part in sorted(self.parts, key=lambda part: part.place)],
        }
        if self.share:
            raw["share"] = self.share.raw()
        return dumps_with({**raw, **sorted_keys(self.extra)}, "messages", (one.written for one in self.ordered()))

    @classmethod
    def from_json(cls, data: bytes) -> Transcript:
        raw = loads(data)
        schema = count(raw.get("schema"), "schema")
        if schema > SCHEMA:
            raise NewerSchema(f"it has schema {schema}, and this version knows {SCHEMA} at most")
        known = fields(raw, READERS, "transcript", ("id", "owner", "created_at", "messages"))
        del known["schema"]
        known.setdefault("updated_at", known["created_at"])
        known["changed"] = Changed.read(raw.get("changed", {}), "changed", known["created_at"])
        messages: list[Message] = known["messages"]
        known["messages"] = {message.id: message for message in messages}
        if len(known["messages"]) < len(messages):
            raise Unreadable("two messages have one id")
        return cls(**known)


def amendments(value: Any, where: str) -> Object:
    """Per message in a part, what is different about it now."""
    for key, amended in mapping(value, where).items():
        ident(key, where)
        count(mapping(amended, f"{where}.{key}").get("rev", 0), f"{where}.{key}.rev")
    return value  # type: ignore[no-any-return]


def in_order(messages: Mapping[str, Message]) -> list[Message]:
    """Oldest first, but none before its parent, whatever the clocks said when they were made."""
    places: dict[str, tuple[datetime, int]] = {}
    for first in sorted(messages.values(), key=lambda message: (message.created_at, message.id)):
        chain: dict[str, Message] = {}
        message: Message | None = first
        while message is not None and message.id not in places and message.id not in chain:
            chain[message.id] = message
            message = messages.get(message.parent or "")
        when, depth = places.get(message.id if message else "", (BEGINNING, 0))
        for message in reversed(chain.values()):
            when, depth = max(when, message.created_at), depth + 1
            places[message.id] = when, depth
    return sorted(messages.values(), key=lambda message: (*places[message.id], message.id))


READERS: dict[str, Reader] = {
    "schema": count,
    "id": ident,
    "owner": Owner.read,
    "title": text,
    "title_by": one_of("model", "user", "fallback"),
    "created_at": time,
    "updated_at": time,
    "flags": Flags.read,
    "settings": Settings.read,
    "current": maybe(ident),
    "share": maybe(Share.read),
    "changed": mapping,
    "messages": several(Message.read),
    "amended": amendments,
    "parts": several(Part.read),
}
BEGINNING = datetime.min.replace(tzinfo=UTC)
