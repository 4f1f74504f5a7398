"""Two versions of one transcript become one, the same whoever merges, in whatever order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from conversations.document import Object, canonical
from conversations.facets import Changed, Owner, Part, Share
from conversations.message import Message
from conversations.transcript import TitleBy, Transcript


def merge(ours: Transcript, theirs: Transcript, held: Mapping[str, Message] | None = None) -> Transcript:
    """Everything that either version has; where both have it, the later or fuller one.

    `held` are the messages in parts that only one version names: they are not put back beside their part. What
    has been revised on one of them since is kept in `amended`.
    """
    if (ours.id, ours.owner.id) != (theirs.id, theirs.owner.id):
        raise ValueError("only versions of one conversation can be merged")
    both = (ours, theirs)
    title_at, title_by, title = max(map(_title, both))[1:]
    flags = max(both, key=lambda one: (one.changed.flags, canonical(one.flags.raw())))
    settings = max(both, key=lambda one: (one.changed.settings, canonical(one.settings.raw())))
    current = max(both, key=lambda one: (one.changed.current, one.current or ""))
    parts = _parts(ours.parts, theirs.parts)
    messages = _messages(ours.messages, theirs.messages)
    held = held or {}
    apart = {hinge for part in parts for hinge in part.hinges} | held.keys()
    revised = [messages[key] for key in apart & messages.keys() if _newer(messages[key], held.get(key))]
    return Transcript(
        id=ours.id,
        owner=_owner(both),
        title=title,
        title_by=title_by,
        created_at=min(ours.created_at, theirs.created_at),
        updated_at=max(ours.updated_at, theirs.updated_at),
        flags=flags.flags,
        settings=settings.settings,
        current=current.current,
        share=_share(ours.share, theirs.share),
        changed=Changed(
            title=title_at,
            flags=flags.changed.flags,
            settings=settings.changed.settings,
            current=current.changed.current,
            extra=_extras(ours.changed.extra, theirs.changed.extra),
        ),
        messages={key: message for key, message in messages.items() if key not in apart},
        amended=_amended(ours.amended, theirs.amended, {message.id: message.raw() for message in revised}),
        parts=parts,
        extra=_extras(ours.extra, theirs.extra),
    )


def _title(one: Transcript) -> tuple[bool, datetime, TitleBy, str]:
    """What the user chose stands before anything a model made up at the same moment or later."""
    return one.title_by == "user", one.changed.title, one.title_by, one.title


def _share(ours: Share | None, theirs: Share | None) -> Share | None:
    """Of two changes of one moment the one that says that nobody may read it."""
    both = [share for share in (ours, theirs) if share]
    return max(both, key=lambda share: (share.changed_at, share.link is None, canonical(share.raw())), default=None)


def _owner(both: tuple[Transcript, Transcript]) -> Owner:
    return max(both, key=lambda one: (one.updated_at, canonical(one.owner.raw()))).owner


def _messages(ours: dict[str, Message], theirs: dict[str, Message]) -> dict[str, Message]:
    merged = ours | theirs
    for key in ours.keys() & theirs.keys():
        if ours[key] is not theirs[key]:
            merged[key] = max(ours[key], theirs[key], key=lambda message: message.rank)
    return merged


def _newer(message: Message, held: Message | None) -> bool:
    return message.rank > held.rank if held else message.rev > 1


def _amended(*sources: dict[str, Object]) -> dict[str, Object]:
    merged: dict[str, Object] = {}
    for source in sources:
        for key, amended in source.items():
            merged[key] = max(merged.get(key, {}), amended, key=_rank)
    return merged


def _rank(amended: Object) -> tuple[int, int, str]:
    return amended.get("rev", 0), len(str(amended.get("text", ""))), canonical(amended)


def _parts(ours: list[Part], theirs: list[Part]) -> list[Part]:
    merged: dict[str, Part] = {}
    for part in ours + theirs:
        present = merged.get(part.key, part)
        merged[part.key] = replace(
            part,
            count=max(part.count, present.count),
            bytes=max(part.bytes, present.bytes),
            hinges=sorted({*part.hinges, *present.hinges}),
            endings=max(part.endings, present.endings),
            roots=max(part.roots, present.roots, key=len),
            extra=_extras(part.extra, present.extra),
        )
    return sorted(merged.values(), key=lambda part: part.place)


def _extras(ours: Object, theirs: Object) -> Object:
    """Keys we know nothing of: none is lost, and of two values the one that says more stays."""
    merged = ours | theirs
    for key in ours.keys() & theirs.keys():
        merged[key] = max(ours[key], theirs[key], key=lambda value: (len(canonical(value)), canonical(value)))
    return merged
