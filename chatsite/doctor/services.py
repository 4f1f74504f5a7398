"""What the site talks to: its database, its store, its model servers."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor

from chatsite.doctor.finding import Finding, Findings, examines, note, ok, sentence, status, wrong
from conversations.store import StoreError
from conversations.transcripts import archive
from llm import LLMError, sources
from llm.model import Model
from llm.sources import Source

CONNECT_SECONDS = 5
SKEW = 5.0
"""Seconds two clocks may differ. A process whose heartbeat seems older than REPLY_STALE_SECONDS is taken for dead."""

CLOCK = "Replies of a process whose clock is wrong are taken for dead, and sorted wrongly; a bucket refuses requests."
Listed = Sequence[Model] | LLMError


def findings() -> list[Finding]:
    return [*database(), *store(), *models()]


def impatiently() -> None:
    """Connects by itself: a pool would say only that it has given up, and a server that is silent must not hold us."""
    options = connection.settings_dict["OPTIONS"]
    options.pop("pool", None)
    if connection.vendor == "postgresql":
        options.setdefault("connect_timeout", CONNECT_SECONDS)


@examines("database")
def database() -> Findings:
    impatiently()
    if not_there_yet():
        # Looking would make it.
        yield wrong(
            "database",
            f"There is no file {connection.settings_dict['NAME']}.",
            "The site has not been started here yet, or DATABASE_URL or VAR_DIR names another place.",
            "python -m chatsite.prepare, or correct the variable.",
        )
        return
    try:
        began = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        took = time.monotonic() - began
        yield ok("database", f"{database_version()}, answers in {took * 1000:.0f} ms")
        yield from migrations()
        yield from database_clock()
    except DatabaseError as error:
        yield wrong(
            "database",
            f"It cannot be opened: {next(iter(str(error).splitlines()), type(error).__name__)}",
            "Without it nobody can sign in, and the site only apologises.",
            "Check DATABASE_URL, and that the server runs and lets this machine in.",
        )


def not_there_yet() -> bool:
    return connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists()


def database_version() -> str:
    if connection.vendor == "sqlite":
        return f"SQLite {'.'.join(map(str, connection.Database.sqlite_version_info))}"  # type: ignore[attr-defined]
    number = connection.pg_version  # type: ignore[attr-defined]
    return f"PostgreSQL {number // 10000}.{number % 10000}"


def migrations() -> Findings:
    executor = MigrationExecutor(connection)
    missing = [str(step) for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    try:
        executor.loader.check_consistent_history(connection)
    except InconsistentMigrationHistory as error:
        yield wrong(
            "migrations",
            f"They were not applied in their order: {error}",
            "Tables or columns may be missing, and no update can be applied any more.",
            "Bring back a copy of the database, or have an empty one filled from the store: manage.py reindex",
        )
        return
    ours = {"accounts", "conversations"}
    newer = [name for name in executor.loader.applied_migrations if name[0] in ours
             and name not in executor.loader.disk_migrations]  # fmt: skip
    if missing:
        yield wrong(
            "migrations",
            f"{len(missing)} {'is' if len(missing) == 1 else 'are'} not applied, beginning with {missing[0]}.",
            "This version needs tables or columns that the database does not have, so pages fail.",
            "manage.py migrate",
        )
    if newer:
        yield note(
            "migrations",
            f"The database was made by a newer version: it has {'.'.join(newer[0])}.",
            "That works for a while, as in the middle of an update.",
            "Install the newer version.",
        )
    if not missing and not newer:
        yield ok("migrations", "all applied")


def database_clock() -> Findings:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            before = time.time()
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            theirs = float(cursor.fetchone()[0])
        yield from clock("the database", theirs, before)


@examines("store")
def store() -> Findings:
    kept = archive().store
    try:
        before, began = time.time(), time.monotonic()
        kept.check()
        took = time.monotonic() - began
        yield ok("store", f"{kept.name} answers in {took * 1000:.0f} ms")
        before = time.time()
        if theirs := kept.now():
            yield from clock("the store", theirs, before)
    except StoreError as error:
        yield wrong(
            "store",
            sentence(error),
            "Without it no message is taken, and no conversation opens that was not used lately.",
            "Do what that says, or correct CONVERSATION_STORE.",
        )


def clock(whose: str, theirs: float, before: float) -> Findings:
    """Their clock, looked at between `before` and now; a header of HTTP has no fractions of a second."""
    ahead = theirs - time.time() if theirs > time.time() else min(theirs + 1 - before, 0)
    if abs(ahead) > SKEW:
        yield wrong(
            "clock",
            f"This machine's is {abs(ahead):,.0f} s {'behind' if ahead > 0 else 'ahead of'} that of {whose}.",
            CLOCK,
            "Switch on the synchronisation of time (NTP) on both.",
        )
    else:
        yield ok("clock", f"agrees with {whose}")


@examines("models")
def models() -> Findings:
    asked = [source for source in sources.sources(settings.LLM) if source.lists]
    lists = dict(zip(asked, asyncio.run(_lists(asked)), strict=True))
    for source, listed in lists.items():
        if isinstance(listed, LLMError):
            yield wrong(
                "models",
                f"{label(source)}: {listed} ({status(listed)})",
                "Its models are not offered, and nobody gets an answer from them.",
                "Check the address, which ends in /v1 for most, and the key, and that the server runs.",
            )
        else:
            yield ok("models", f"{label(source)} lists {len(listed)} model{'s' * (len(listed) != 1)}")
    yield from named(lists)
    yield from on_this_machine()


def named(lists: dict[Source, Listed]) -> Findings:
    """Of the models that are named in the settings those that nobody lists."""
    settled = [("LLM_MODELS", name) for name in settings.LLM.models] + [("LLM_TITLE_MODEL", settings.LLM.title_model)]
    for variable, name in settled:
        if not name or name.endswith("*"):
            continue
        source, bare = sources.source_of(settings.LLM, name)
        listed = lists.get(source, ())
        if listed and not isinstance(listed, LLMError) and not is_listed(bare, source, listed):
            # What nobody has set gives way to what is there, as it is meant to.
            say = wrong if os.environ.get(variable, "").strip() else note
            yield say(
                variable,
                f"{label(source)} does not list {name}.",
                "Another model answers in its place." if variable == "LLM_MODELS" else "Titles are the first words.",
                f"Correct {variable}: it lists {examples(source, listed)}.",
            )


def is_listed(name: str, source: Source, listed: Sequence[Model]) -> bool:
    """Ollama lists `llama3:latest` and means `llama3`; behind a router's model may stand who is to serve it."""
    ids = {model.id for model in listed}
    return bool({name, f"{name}:latest"} & ids) or (source.is_router and name.rpartition(":")[0] in ids)


def examples(source: Source, listed: Sequence[Model], number: int = 3) -> str:
    more = ", …" if len(listed) > number else ""
    return ", ".join(source.prefix + model.id for model in listed[:number]) + more


def on_this_machine() -> Findings:
    llm = settings.LLM
    if llm.backend == "transformers" and (named := Path(llm.models[0])).is_absolute() and not named.exists():
        yield wrong(
            "LLM_MODELS",
            f"There is no folder {named}.",
            "The model that is to answer is not there.",
            "Correct LLM_MODELS, or give an id on Hugging Face.",
        )


def label(source: Source) -> str:
    """Never the address, which may have a password in it."""
    return source.label or "The model server"


async def _lists(asked: Sequence[Source]) -> list[Listed]:
    return await asyncio.gather(*(_list(source) for source in asked))


async def _list(source: Source) -> Listed:
    from llm.backends.huggingface import listing  # noqa: PLC0415  half a second, which the guide does without

    try:
        return await listing.models(source.config)
    except LLMError as error:
        return error
