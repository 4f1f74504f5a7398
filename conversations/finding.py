"""What a search finds, the newest first: titles, and messages in which all of the words stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

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

SAMPLE = 200
"""The newest rows, looked at one by one before the index is asked."""

OFTEN = 5
"""Of the sample; a beginning that stands in so many is frequent."""

MORE = 3000
"""So many are looked at for what the sample has: often that is enough, and it takes no longer than the index would."""

WINDOW = 20_000
"""The newest rows; PostgreSQL looks for the others where these are not enough."""

ROUNDS = 5
END = 2**63 - 1

Sample = list[tuple[int, ...]]
"""Of each row its id and which of the words it has."""


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
    with _uncompiled():
        return _find(user, query, before, titles=titles)


@contextmanager
def _uncompiled() -> Iterator[None]:
    """PostgreSQL compiles queries that look costly, which takes longer than the queries."""
    if connection.vendor == "sqlite":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")
        yield


def _find(user: User, query: Query, before: int | None, *, titles: bool) -> Found:
    spoken = _sample(user, query.words, END, titles=False)
    if titles:
        named = _newest(user, query, spoken, before or END, HITS + 1, titles=True)
        cursor = named[HITS - 1].id if len(named) > HITS else None
        return Found([_named(row, query) for row in named[:HITS]], [], more_titles=False, next_cursor=cursor)
    named = _newest(user, query, spoken, END, TITLES + 1, titles=True) if before is None else []
    said = _newest(user, query, spoken, before or END, HITS + 1, titles=False)
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
    who = _("You") if row.role == "user" else model_name(row.model) if row.role == "assistant" else _("System")
    url = reverse("conversations:detail", args=[row.conversation_id])
    url = f"{url}?message={row.message}#said-{row.message}"
    title = [(row.conversation.title or _("Untitled chat"), False)]
    return Hit(row.conversation, title, excerpt(row.text, query), who, row.said_at, url)


def _newest(user: User, query: Query, spoken: Sample, before: int, wanted: int, *, titles: bool) -> list[Said]:
    found: list[Said] = []
    for _round in range(ROUNDS):
        ids = _ids(user, query, spoken, before, wanted, titles=titles)
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


def _ids(user: User, query: Query, spoken: Sample, before: int, wanted: int, *, titles: bool) -> list[int]:
    """The newest rows that have its words, maybe not side by side.

    A frequent word is soon found among the newest, while the index would bring them all; a rare one has few there.
    """
    sample = spoken if not titles and before == END else _sample(user, query.words, before, titles=titles)
    ids = [number for number, *has in sample if all(has)][:wanted]
    if len(ids) == wanted or len(sample) < SAMPLE:
        return ids
    often = [sum(column) for column in zip(*spoken, strict=True)][1:] or [0] * len(query.words)
    begins = query.words[-1][1] and often[-1] >= OFTEN
    if ids or (titles and begins):
        likes = [_like(*word) for word in query.words]
        recent = RECENT.format(role=_role(titles=titles), likes=" AND ".join(["words LIKE %s"] * len(likes)))
        ids = _select(recent, [*_until(user, before), MORE, *likes, wanted])
        if len(ids) == wanted:
            return ids
    # Either index would first put together the rows of all words with a beginning. Where these are many, the rows with
    # the other words are looked at one by one; SQLite stops as soon as there are enough.
    sqlite = connection.vendor == "sqlite"
    seldom = not all(often[:-1])
    words = [(scope(user.id, titles=titles), False), *query.words]
    like = _like(*words.pop()) if begins and (sqlite or seldom) else None
    if sqlite:
        return _fts(words, like, before, wanted)
    return _gin(user, words, like, before, wanted, titles=titles)


def _fts(words: list[tuple[str, bool]], like: str | None, before: int, wanted: int) -> list[int]:
    match = " AND ".join(f'"{word}"{"*" if begins else ""}' for word, begins in words)
    if like is None:
        return _select(FTS, [match, before, wanted])
    return _select(FTS_LIKE, [match, before, like, wanted])


def _gin(
    user: User, words: list[tuple[str, bool]], like: str | None, before: int, wanted: int, *, titles: bool
) -> list[int]:
    query = " & ".join(f"'{word}'{':*' if begins else ''}" for word, begins in words)
    role = _role(titles=titles)
    newest = f"SELECT id {NEWEST.format(role=role)} OFFSET %s"
    window = [] if titles else _select(newest, [*_until(user, before), 1, WINDOW])
    for since in [*window, 0]:
        values = [query, _value(user), since, before]
        if like is None:
            ids = _select(GIN.format(role=role), [*values, wanted])
        else:
            ids = _select(GIN_LIKE.format(role=role), [*values, like, wanted])
        if len(ids) == wanted:
            break
    return ids


def _sample(user: User, words: list[tuple[str, bool]], before: int, *, titles: bool) -> Sample:
    sample = f"SELECT id, {', '.join(['words LIKE %s'] * len(words))} {NEWEST.format(role=_role(titles=titles))}"
    with connection.cursor() as cursor:
        cursor.execute(sample, [*(_like(*word) for word in words), *_until(user, before), SAMPLE])
        rows: Sample = cursor.fetchall()
    return rows


def _role(*, titles: bool) -> str:
    """In the words of the index that is meant."""
    return f"{'' if titles else 'NOT'} (role = '{TITLE}')"


def _until(user: User, before: int) -> list[Any]:
    return [_value(user), _value(user), before]


def _value(user: User) -> Any:
    return Said._meta.get_field("owner").get_db_prep_value(user.id, connection)


def _like(word: str, begins: bool) -> str:
    return f"% {word}%" if begins else f"% {word} %"


def _select(sql: str, values: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [number for (number,) in cursor.fetchall()]


# Of one owner, said so that the order is that of the index with the owner in it, and of no other.
NEWEST = """FROM conversations_said WHERE owner >= %s AND (owner, id) < (%s, %s) AND {role}
ORDER BY owner DESC, id DESC LIMIT %s"""

RECENT = f"SELECT id FROM (SELECT id, words {NEWEST}) AS recent WHERE {{likes}} ORDER BY id DESC LIMIT %s"  # noqa: S608

FTS = """
SELECT rowid FROM conversations_words WHERE conversations_words MATCH %s AND rowid < %s ORDER BY rowid DESC LIMIT %s
"""

FTS_LIKE = """
SELECT said.id FROM conversations_words CROSS JOIN conversations_said AS said ON said.id = conversations_words.rowid
WHERE conversations_words MATCH %s AND conversations_words.rowid < %s AND said.words LIKE %s
ORDER BY conversations_words.rowid DESC LIMIT %s
"""

# Materialized, or the rows would be walked through one by one where the planner takes a word to be frequent.
GIN = """
WITH found AS MATERIALIZED (
    SELECT id FROM conversations_said
    WHERE words::tsvector @@ %s::tsquery AND owner = %s AND {role} AND id >= %s AND id < %s
)
SELECT id FROM found ORDER BY id DESC LIMIT %s
"""

GIN_LIKE = """
WITH found AS MATERIALIZED (
    SELECT id, words FROM conversations_said
    WHERE words::tsvector @@ %s::tsquery AND owner = %s AND {role} AND id >= %s AND id < %s
)
SELECT id FROM found WHERE words LIKE %s ORDER BY id DESC LIMIT %s
"""
