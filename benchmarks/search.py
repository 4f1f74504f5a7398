"""How long a search and the first page of the sidebar take, on SQLite and on PostgreSQL.

`python -m benchmarks.search` takes about a quarter of an hour and 5 GB of disk, which it gives back. Three users share
one database: with 100, with 10,000 and with 50,000 conversations; the second has said a million messages. With
`--short` every conversation has four, which takes minutes. Each search is a whole request as the page makes it while
one types, and each is another: frequent words and rare ones, several, beginnings, Chinese, none at all. The ratio is to
the user with 100 conversations.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.table import begins, told
from tests import postgresql

USERS = {100: 100, 10_000: 100, 50_000: 4}
"""Conversations, and messages in each."""

SHORT = dict.fromkeys(USERS, 4)
RIVAL = {10_000: ("7.5", "863")}
"""Milliseconds for the first page of the list, and for a search of a rare word."""

NAMES = {"sidebar": "the sidebar's first page", "search": "a search"}
WANTED = {"sidebar": 10, "search": 50}
SEARCHES = 200
WORDS = 40
chance = random.Random(4)
syllables = [consonant + vowel for consonant in "bcdfghklmnprstvz" for vowel in "aeiou"]
vocabulary = ["".join(chance.choices(syllables, k=chance.randint(1, 5))) for _ in range(30_000)]
weights = list(accumulate(1 / (rank + 3) for rank in range(len(vocabulary))))
han = [chr(0x4E00 + number) for number in range(3000)]
han_weights = list(accumulate(1 / (rank + 10) for rank in range(len(han))))


def sentence() -> str:
    if chance.random() < 0.1:
        return "".join(chance.choices(han, cum_weights=han_weights, k=WORDS))
    return " ".join(chance.choices(vocabulary, cum_weights=weights, k=WORDS))


def queries() -> Iterator[str]:
    kinds: list[Callable[[], str]] = [
        lambda: vocabulary[chance.randrange(50)],
        lambda: f"{vocabulary[chance.randrange(50, 3000)]} ",
        lambda: f"{vocabulary[chance.randrange(3000, 30_000)]} ",
        lambda: " ".join(chance.choices(vocabulary, cum_weights=weights, k=2)),
        lambda: f"{vocabulary[chance.randrange(50)]} {vocabulary[chance.randrange(30_000)]} ",
        lambda: chance.choice(vocabulary)[: chance.randint(2, 5)],
        lambda: "".join(chance.choices(han, cum_weights=han_weights, k=chance.randint(1, 3))),
        lambda: "qqqqxxyy",
    ]
    while True:
        yield chance.choice(kinds)()


def fill(sizes: dict[int, int]) -> dict[int, Any]:
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from conversations.models import Conversation, Said  # noqa: PLC0415
    from conversations.search import TITLE, indexed  # noqa: PLC0415

    def rows(owner: UUID, conversation: UUID, began: datetime, count: int) -> Iterator[Said]:
        for place in range(count + 1):
            text = sentence() if place else sentence()[:WORDS]
            at = int((began + timedelta(minutes=place)).timestamp() * 1000) + chance.randrange(60_000)
            yield Said(
                id=at << Said.RANDOM_BITS | chance.randrange(2**Said.RANDOM_BITS),
                conversation_id=conversation,
                owner=owner,
                message=UUID(int=chance.getrandbits(128)),
                role=("user" if place % 2 else "assistant") if place else TITLE,
                text=text,
                words=indexed(owner, text, titles=not place),
            )

    now, users = timezone.now(), {}
    for conversations, count in sizes.items():
        user = users[conversations] = get_user_model().objects.create_user(f"has-{conversations}")
        for start in range(0, conversations, 100):
            made = Conversation.objects.bulk_create(
                Conversation(
                    id=UUID(int=chance.getrandbits(128)),
                    owner=user,
                    visible=True,
                    title=sentence()[:WORDS],
                    updated_at=now - timedelta(minutes=start + place),
                    created_at=now - timedelta(minutes=start + place),
                )
                for place in range(min(100, conversations - start))
            )
            said = (said for row in made for said in rows(user.id, row.id, row.created_at, count))
            while batch := list(islice(said, 2000)):
                Said.objects.bulk_create(batch)
    return users


def measure(users: dict[int, Any], sizes: dict[int, int]) -> None:
    from django.test import Client  # noqa: PLC0415

    from conversations import sidebar  # noqa: PLC0415

    first: dict[str, float] = {}
    for conversations, user in users.items():
        client = Client(SERVER_NAME="localhost")
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")

        def search(text: str, client: Client = client) -> None:
            answer = client.get("/search/", {"q": text, "part": "results"})
            assert answer.status_code == 200

        for text in islice(queries(), 20):
            search(text)
        took = {
            "search": sorted((timed(search, text), text) for text in islice(queries(), SEARCHES)),
            "sidebar": sorted((timed(sidebar.rows, user), "") for _ in range(SEARCHES // 4)),
        }
        told(f"{conversations:,} conversations of {sizes[conversations]} messages", "")
        rivals = dict(zip(("sidebar", "search"), RIVAL.get(conversations, ("", "")), strict=True))
        for name, times in took.items():
            seconds = [second for second, _ in times]
            middle, late = statistics.median(seconds), seconds[int(len(seconds) * 0.95)]
            first.setdefault(name, late)
            figure = f"{middle * 1000:.1f} / {late * 1000:.1f} ms ({late / first[name]:.1f})"
            rival = rivals[name] and f"{rivals[name]} ms"
            told(f"  {NAMES[name]}, median / 95 of 100 (ratio)", figure, f"under {WANTED[name]} ms, flat", rival)
        print("   slowest:", ", ".join(f"{text!r} {second * 1000:.0f}" for second, text in took["search"][-5:]))


def timed(act: Callable[[Any], object], value: Any) -> float:
    began = time.perf_counter()
    act(value)
    return time.perf_counter() - began


def on(database: str, sizes: dict[int, int]) -> None:
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    began = time.monotonic()
    with connection.cursor() as cursor:
        indexes = postgresql_indexes(cursor) if database == "PostgreSQL" else []
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        users = fill(sizes)
        # Built at once they take a tenth of the time.
        for _, statement in indexes:
            cursor.execute(statement)
        cursor.execute("ANALYZE")
    print(f"{database} filled in {time.monotonic() - began:.0f} s", file=sys.stderr)
    measure(users, sizes)


def postgresql_indexes(cursor: Any) -> list[tuple[str, str]]:
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'conversations_said'"
        " AND indexname IN ('said_words', 'said_messages', 'said_titles')"
    )
    found: list[tuple[str, str]] = cursor.fetchall()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["SQLite", "PostgreSQL"])
    parser.add_argument("--short", action="store_true", help="four messages in each conversation")
    options = parser.parse_args()
    sizes = SHORT if options.short else USERS
    if "BENCHMARK" in os.environ:
        on(options.database, sizes)
        return
    for database in [options.database] if options.database else ["SQLite", "PostgreSQL"]:
        with ExitStack() as stack:
            begins(f"Sidebar and search: {database}")
            var = stack.enter_context(tempfile.TemporaryDirectory())
            (Path(var) / "static").mkdir()
            url = "" if database == "SQLite" else stack.enter_context(postgresql.server())
            from tests.plugin import clean  # noqa: PLC0415

            environment = clean | {"VAR_DIR": var, "DATABASE_URL": url, "BENCHMARK": "1", "LOG_LEVEL": "ERROR"}
            command = [sys.executable, "-m", "benchmarks.search", "--database", database]
            subprocess.run([*command, *["--short"] * options.short], env=environment, check=True)


if __name__ == "__main__":
    main()
