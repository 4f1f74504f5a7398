"""What a search finds, the newest first: titles, and messages in which all of the words stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.urls import reverse

from accounts.models import User
from conversations.folding import Query, excerpt, fold
from conversations.models import Conversation, Said
from conversations.offer import model_name
from conversations.search import TITLE, scope

HITS = 20
TITLES = 5
"""How many titles stand above the messages; the others have a page of their own."""

LONGEST = 200
"""Characters that are looked for."""

RECENT = 1000
"""Messages that are looked at one by one before the index is asked."""

MORE = 2000
"""So many where that promises to be enough."""

OFTEN = 25
"""Of the recent ones; a beginning that stands in so many is frequent."""

SELDOM = 5
"""Of the recent ones; a word that stands in fewer brings few rows."""

ROUNDS = 5
END = 2**63 - 1


@dataclass(frozen=True)
class Hit:
    conversation: Conversation
    title: list[tuple[str, bool]]
    excerpt: list[tuple[str, bool]]
    who: str
    said_at: datetime
    url: str


@dataclass(frozen=True)
class Found:
    titles: list[Hit]
    messages: list[Hit]
    more_titles: bool
    next_cursor: int | None

    @property
    def count(self) -> int:
        return len(self.titles) + len(self.messages)

    @property
    def more(self) -> bool:
        return self.more_titles or self.next_cursor is not None


NOTHING = Found([], [], more_titles=False, next_cursor=None)


def find(user: User, text: str, *, before: int | None = None, titles: bool = False) -> Found:
    """Hits of one user; those before a cursor, or titles only."""
    query = Query(text[:LONGEST])
    if not query:
        return NOTHING
    if titles:
        named = _newest(user, query, before or END, HITS + 1, titles=True)
        cursor = named[HITS - 1].id if len(named) > HITS else None
        return Found([_named(row, query) for row in named[:HITS]], [], more_titles=False, next_cursor=cursor)
    named = _newest(user, query, END, TITLES + 1, titles=True) if before is None else []
    said = _newest(user, query, before or END, HITS + 1, titles=False)
    return Found(
        [_named(row, query) for row in named[:TITLES]],
        [_spoken(row, query) for row in said[:HITS]],
        more_titles=len(named) > TITLES,
        next_cursor=said[HITS - 1].id if len(said) > HITS else None,
    )


def _named(row: Said, query: Query) -> Hit:
    title = excerpt(row.text, query, whole=True)
    return Hit(row.conversation, title, [], "", row.conversation.updated_at, row.conversation.get_absolute_url())


def _spoken(row: Said, query: Query) -> Hit:
    who = "You" if row.role == "user" else model_name(row.model) if row.role == "assistant" else "System"
    url = reverse("conversations:detail", args=[row.conversation_id])
    url = f"{url}?message={row.message}#said-{row.message}"
    title = [(row.conversation.title or "Untitled chat", False)]
    return Hit(row.conversation, title, excerpt(row.text, query), who, row.said_at, url)


def _newest(user: User, query: Query, before: int, wanted: int, *, titles: bool) -> list[Said]:
    found: list[Said] = []
    for _ in range(ROUNDS):
        ids = _ids(user, query, before, wanted, titles=titles)
        rows = Said.objects.filter(owner=user.id, id__in=ids).defer("words").order_by("-id") if ids else []
        there = Conversation.objects.owned_by(user).in_bulk({row.conversation_id for row in rows})
        for row in rows:
            if row.conversation_id in there and query.fits(fold(row.text)):
                row.conversation = there[row.conversation_id]
                found.append(row)
        if len(ids) < wanted or len(found) >= wanted:
            break
        before = ids[-1]
    return found[:wanted]


def _ids(user: User, query: Query, before: int, wanted: int, *, titles: bool) -> list[int]:
    """The newest rows that have its words, maybe not side by side.

    A frequent word is soon found among the newest, while the index would bring them all; a rare one has few there.
    """
    likes = [_like(word, begins) for word, begins in query.words]
    recent = RECENT_ROWS.format(
        # In the words of the index that is meant.
        role=f"{'' if titles else 'NOT'} (role = '{TITLE}')",
        likes=" AND ".join(["words LIKE %s"] * len(likes)),
    )
    for rows in (RECENT, MORE):
        ids = _select(recent, [_value(user), before, rows, *likes, wanted])
        if len(ids) == wanted:
            return ids
        if len(ids) * MORE < wanted * rows:
            break
    return _indexed(user, [(scope(user.id, titles=titles), False), *query.words], before, wanted)


def _indexed(user: User, words: list[tuple[str, bool]], before: int, wanted: int) -> list[int]:
    sqlite = connection.vendor == "sqlite"
    begun = [word for word in words if word[1]]
    written = [word for word in words if not word[1]]
    # Either index would first put together the rows of all words with a beginning. Where these are many, the rows with
    # the other words are looked at one by one; SQLite stops as soon as there are enough.
    if begun and _recent(user, begun, OFTEN) == OFTEN and (sqlite or _has_seldom(user, written[1:])):
        rest = [before, _like(*begun[0]), wanted]
        return (
            _select(FTS_LIKE, [_match(written), *rest]) if sqlite else _uncompiled(GIN_LIKE, [_tsquery(written), *rest])
        )
    if sqlite:
        return _select(FTS, [_match(words), before, wanted])
    return _uncompiled(GIN, [_tsquery(words), before, wanted])


def _has_seldom(user: User, words: list[tuple[str, bool]]) -> bool:
    return any(_recent(user, [word], SELDOM) < SELDOM for word in words)


def _recent(user: User, words: list[tuple[str, bool]], most: int) -> int:
    """How many of the newest messages have these words, as far as that matters."""
    some = RECENT_ROWS.format(role=f"NOT (role = '{TITLE}')", likes=" AND ".join(["words LIKE %s"] * len(words)))
    return len(_select(some, [_value(user), END, RECENT, *(_like(*word) for word in words), most]))


def _value(user: User) -> Any:
    return Said._meta.get_field("owner").get_db_prep_value(user.id, connection)


def _like(word: str, begins: bool) -> str:
    return f"% {word}%" if begins else f"% {word} %"


def _select(sql: str, values: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [number for (number,) in cursor.fetchall()]


def _uncompiled(sql: str, values: list[Any]) -> list[int]:
    """PostgreSQL compiles a query that looks costly, which takes longer than the query."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")
        return _select(sql, values)


def _match(words: list[tuple[str, bool]]) -> str:
    return " AND ".join(f'"{word}"{"*" if begins else ""}' for word, begins in words)


def _tsquery(words: list[tuple[str, bool]]) -> str:
    return " & ".join(f"'{word}'{':*' if begins else ''}" for word, begins in words)


RECENT_ROWS = """
SELECT id FROM (
    SELECT id, words FROM conversations_said WHERE owner = %s AND {role} AND id < %s ORDER BY id DESC LIMIT %s
) AS recent
WHERE {likes} ORDER BY id DESC LIMIT %s
"""

FTS = """
SELECT rowid FROM conversations_words WHERE conversations_words MATCH %s AND rowid < %s ORDER BY rowid DESC LIMIT %s
"""

FTS_LIKE = """
SELECT said.id FROM conversations_words CROSS JOIN conversations_said AS said ON said.id = conversations_words.rowid
WHERE conversations_words MATCH %s AND conversations_words.rowid < %s AND said.words LIKE %s
ORDER BY conversations_words.rowid DESC LIMIT %s
"""

# Materialized, or the rows would be walked through one by one where the planner takes a word to be frequent.
GIN_LIKE = """
WITH found AS MATERIALIZED (SELECT id, words FROM conversations_said WHERE words::tsvector @@ %s::tsquery)
SELECT id FROM found WHERE id < %s AND words LIKE %s ORDER BY id DESC LIMIT %s
"""

GIN = """
WITH found AS MATERIALIZED (SELECT id FROM conversations_said WHERE words::tsvector @@ %s::tsquery)
SELECT id FROM found WHERE id < %s ORDER BY id DESC LIMIT %s
"""
