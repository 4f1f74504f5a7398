"""What is a user's own beside their conversations: `profile.json` in the store, so that the store alone restores it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.closing import is_closed
from accounts.models import User
from accounts.preferences import merged
from conversations import library
from conversations.document import NewerSchema, Object, Unreadable, dumps, loads
from conversations.inventory import PROFILE, Finding
from conversations.store import Conflict, Gone, Store, StoreUnavailable

SCHEMA = 1
ATTEMPTS = 12
SECTIONS: dict[str, Callable[[Object, Object], Object]] = {
    "preferences": merged,
    "prompts": library.kept,
    "presets": library.kept,
}
"""Keys of the profile, which are fields of the row too, and how two versions of each become one."""


def key_of(user: UUID) -> str:
    return f"users/{user}/profile.json"


def change(store: Store, user: User, section: str, make: Callable[[Object], Object]) -> Object:
    """Changes a section of the profile in the store, then of the row; returns it.

    `make` gets the section as all writers have left it; when it raises, nothing is changed. Raises StoreUnavailable, or
    Unreadable for a profile that only a newer Chatsite can write.
    """
    changed: Object = _remember(user.id, _write(store, user, section, make))[section]
    if is_closed(user.id):
        # It may have been made again after all that was the user's had been deleted.
        store.delete(key_of(user.id))
    return changed


def restore(store: Store, users: Iterable[UUID]) -> Iterator[Finding]:
    """Gives rows what the profiles in the store say; yields what could not be read."""
    for user in users:
        try:
            profile = _read(store, user)
        except Unreadable as error:
            yield Finding("newer" if isinstance(error, NewerSchema) else "unreadable", key_of(user), str(error))
            continue
        if profile:
            _remember(user, profile[0])


def owners(store: Store) -> Iterator[UUID]:
    """Who has a profile in the store."""
    return (UUID(key.split("/")[1]) for key in store.keys("users/") if PROFILE.fullmatch(key))


def _write(store: Store, user: User, section: str, make: Callable[[Object], Object]) -> Object:
    for _ in range(ATTEMPTS):
        found = _read(store, user.id)
        raw, tag = found or ({}, None)
        known = {name: merge(raw.get(name, {}), getattr(user, name)) for name, merge in SECTIONS.items()}
        known[section] = make(known[section])
        said = {"schema": SCHEMA, "id": str(user.id), "username": user.username}
        sections = {name: value for name, value in known.items() if value or name in raw}
        try:
            store.put(key_of(user.id), dumps({**said, **raw, **said, **sections}), tag)
        except (Conflict, Gone):
            continue
        return known
    raise StoreUnavailable(f"{key_of(user.id)} is being changed by too many writers at once: try again.")


def _read(store: Store, user: UUID) -> tuple[dict[str, Any], str] | None:
    stored = store.get(key_of(user))
    if stored is None:
        return None
    raw = loads(stored.data)
    schema = raw.get("schema")
    if schema != SCHEMA:
        kind = NewerSchema if isinstance(schema, int) and schema > SCHEMA else Unreadable
        raise kind(f"{key_of(user)} has schema {schema}, and this version knows {SCHEMA}")
    for name in SECTIONS:
        if not isinstance(raw.get(name, {}), dict):
            raise Unreadable(f"{key_of(user)}.{name} is not an object")
    return raw, stored.tag


def _remember(user: UUID, profile: Object) -> Object:
    said = {name: profile.get(name, {}) for name in SECTIONS}
    with transaction.atomic():
        row = User.objects.whole().select_for_update().filter(id=user).first()
        if row is None:
            return said
        known = {name: merge(getattr(row, name), said[name]) for name, merge in SECTIONS.items()}
        fields = [name for name in SECTIONS if known[name] != getattr(row, name)]
        for name in fields:
            setattr(row, name, known[name])
        if fields:
            row.save(update_fields=fields)
        return known
