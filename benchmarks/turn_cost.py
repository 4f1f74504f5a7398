"""What one turn costs when the conversation is long: bytes and requests to the store, SQL statements, time.

`make bench` runs it. A turn is a question and an answer of 1 kB each, through the code that serves the page.
The bytes are to stay flat once a conversation has its first part. The last row of each is what the site adds to the
time until the first text is there (it waits for the question to be safe), without and with 50 ms added to every request
to the store: the time through the site less that of the model alone, in the same run.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from benchmarks import counted_store
from benchmarks.table import begins, told
from conversations.store import KINDS

TURNS = {10: 20, 100: 20, 1_000: 150, 10_000: 150}
"""By length. The long ones go on until the object has been as large as it gets, and has been split."""

RIVAL = {10: "110,000", 100: "1,030,000", 1_000: "10,200,000"}
"""Bytes that Open WebUI writes anew for a turn."""

SLOW_TURNS = 5
SLOW = 0.05
TEXT = "All work and no play makes Jack a dull boy. " * 23

statements: list[str] = []


async def turn(owner: Any, conversation: UUID, parent: str | None) -> tuple[str, float]:
    """The reply's id, and the seconds until its first text was there."""
    from conversations import asking  # noqa: PLC0415

    began = time.perf_counter()
    reply = await asking.ask(owner, conversation, message=uuid4(), parent=UUID(parent) if parent else None, text=TEXT)
    assert not isinstance(reply, UUID)
    async for event in reply.watch(attached=False):
        if event and event.name == "block":
            break
    first = time.perf_counter() - began
    await reply.closed.wait()
    return str(reply.id), first


async def alone() -> float:
    """Seconds until the model's first text, without the site."""
    import llm  # noqa: PLC0415

    began = time.perf_counter()
    async with aclosing(llm.get_reply([{"role": "user", "content": TEXT}])) as chunks:
        async for chunk in chunks:
            if chunk.text:
                break
    return time.perf_counter() - began


async def measure(owner: Any) -> None:
    from conversations.writer import write  # noqa: PLC0415

    await write(count_statements)
    begins("A turn of a long conversation")
    for length, turns in TURNS.items():
        conversation, parent = await write(talked, owner, length)
        costs, times, slow_times = [], [], []
        for number in range(turns + SLOW_TURNS):
            counted_store.requests.clear()
            statements.clear()
            counted_store.delay = SLOW if number >= turns else 0.0
            model = await alone()
            parent, first = await turn(owner, conversation, parent)
            added = first - model
            if number < turns:
                moved = [size for _, size in counted_store.requests]
                costs.append((sum(moved), len(moved), len(statements)))
                times.append(added)
            else:
                slow_times.append(added)
        counted_store.delay = 0.0
        sizes, requests, sql = zip(*costs, strict=True)
        told(f"{length:,} messages: bytes to and from the store, median / most",
             f"{statistics.median(sizes):,.0f} / {max(sizes):,}", "bounded", RIVAL.get(length, ""))  # fmt: skip
        told("  requests to the store, median / most; SQL statements",
             f"{statistics.median(requests):.0f} / {max(requests)}; {statistics.median(sql):.0f}")  # fmt: skip
        told("  added to the first word; with 50 ms added to each request",
             f"{statistics.median(times) * 1000:.1f}; {statistics.median(slow_times) * 1000:.1f} ms",
             "under 15; 70 ms")  # fmt: skip


def talked(owner: Any, length: int) -> tuple[UUID, str]:
    """A conversation of so many messages, and its last."""
    from django.utils import timezone  # noqa: PLC0415

    from conversations.message import Message  # noqa: PLC0415
    from conversations.models import Conversation  # noqa: PLC0415
    from conversations.transcript import Transcript  # noqa: PLC0415
    from conversations.transcripts import archive  # noqa: PLC0415

    began = timezone.now() - timedelta(days=1)
    row = Conversation.objects.create(id=uuid4(), owner=owner, visible=True, title="Long", title_by="user")
    transcript = Transcript.new(row.id, owner.id, owner.get_username(), None, began)
    parent: str | None = None
    for number in range(length):
        at = began + timedelta(milliseconds=number)
        message = Message(
            str(uuid4()), role="assistant" if number % 2 else "user", text=TEXT, parent=parent, created_at=at
        )
        transcript.add(message)
        parent = message.id
    transcript.set_current(parent, began)
    archive().create(transcript)
    assert parent
    return row.id, parent


def count_statements() -> None:
    from django.db import connection  # noqa: PLC0415

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    connection.execute_wrappers.append(note)


def main() -> None:
    from tests.model_answers import Answer  # noqa: PLC0415
    from tests.model_server import ModelServer  # noqa: PLC0415
    from tests.plugin import clean  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as var, ModelServer(Answer(text=TEXT)) as models:
        KINDS["counted"] = "benchmarks.counted_store.CountedStore"
        (Path(var) / "static").mkdir()
        own = {"VAR_DIR": var, "CONVERSATION_STORE": f"counted://{var}/store", "DATABASE_URL": ""}
        os.environ.update(clean | own | {"LLM_BASE_URL": models.base_url, "LLM_TITLES": "false", "LOG_LEVEL": "ERROR"})
        import django  # noqa: PLC0415

        django.setup()
        from django.contrib.auth import get_user_model  # noqa: PLC0415
        from django.core.management import call_command  # noqa: PLC0415

        call_command("migrate", verbosity=0)
        asyncio.run(measure(get_user_model().objects.create_user("alice")))


if __name__ == "__main__":
    main()
