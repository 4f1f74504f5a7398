"""Where a word is still to be found: in any column of any table, the index's own included, and in the store."""

from __future__ import annotations

from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import connection

from conversations.store import Store


def in_tables(word: str) -> set[str]:
    """The tables that have it somewhere; of a UUID also without its hyphens, as SQLite keeps it."""
    sought = {word.casefold(), UUID(word).hex if is_uuid(word) else word.casefold()}
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = set()
        for table in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if any(has(cell, sought) for row in cursor.fetchall() for cell in row):
                found.add(table)
    # These are packed.
    said = [str(session.get_decoded()) for session in Session.objects.all()]
    return found | {"django_session" for text in said if has(text, sought)}


def in_store(store: Store, word: str) -> list[str]:
    """The keys that have it, in themselves or in what they hold."""
    keys = list(store.keys(""))
    return [key for key in keys if has(key, {word}) or ((held := store.get(key)) and has(held.data, {word}))]


def has(cell: object, sought: set[str]) -> bool:
    text = bytes(cell).decode("latin-1") if isinstance(cell, bytes | memoryview) else str(cell)
    return any(word in text.casefold() for word in sought)


def is_uuid(word: str) -> bool:
    try:
        UUID(word)
    except ValueError:
        return False
    return True
