"""What is a user's own beside their conversations: `profile.json` in the store, so that the store alone restores it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.preferences import Choices, merged
from conversations.document import NewerSchema, Unreadable, dumps, loads
from conversations.inventory import PROFILE, Finding
from conversations.store import Conflict, Gone, Store, StoreUnavailable

SCHEMA = 1
ATTEMPTS = 12


def key_of(user: UUID) -> str:
    return f"users/{user}/profile.json"


def keep(store: Store, user: User, choices: Choices) -> Choices:
    """Adds choices to the profile in the store, then to the row; returns all of them.

    Raises StoreUnavailable, or Unreadable for a profile that only a newer Chatsite can write.
    """
    kept = _write(store, user, choices)
    return _remember(user.id, kept)


def restore(store: Store, users: Iterable[UUID]) -> Iterator[Finding]:
    """Gives rows what the profiles in the store say; yields what could not be read."""
    for user in users:
        try:
            profile = _read(store, user)
        except Unreadable as error:
            yield Finding("newer" if isinstance(error, NewerSchema) else "unreadable", key_of(user), str(error))
            continue
        if profile:
            _remember(user, profile[0].get("preferences", {}))


def owners(store: Store) -> Iterator[UUID]:
    """Who has a profile in the store."""
    return (UUID(key.split("/")[1]) for key in store.keys("users/") if PROFILE.fullmatch(key))


def _write(store: Store, user: User, choices: Choices) -> Choices:
    for _ in range(ATTEMPTS):
        found = _read(store, user.id)
        raw, tag = found or ({}, None)
        kept = merged(raw.get("preferences", {}), merged(user.preferences, choices))
        said = {"schema": SCHEMA, "id": str(user.id), "username": user.username}
        try:
            store.put(key_of(user.id), dumps({**said, **raw, **said, "preferences": kept}), tag)
        except (Conflict, Gone):
            continue
        return kept
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
    if not isinstance(raw.get("preferences", {}), dict):
        raise Unreadable(f"{key_of(user)}.preferences is not an object")
    return raw, stored.tag


def _remember(user: UUID, choices: Choices) -> Choices:
    with transaction.atomic():
        row = User.objects.select_for_update().filter(id=user).first()
        if row is None:
            return choices
        known = merged(row.preferences, choices)
        if known != row.preferences:
            row.preferences = known
            row.save(update_fields=["preferences"])
        return known
