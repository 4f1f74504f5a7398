"""What running replies have said is saved, whatever the database answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import User
from conversations import checkpoints, live
from conversations.live import LiveReply
from conversations.models import Reply
from conversations.process import me
from conversations.writer import write
from tests.conversations.past import talked
from tests.crashes.ordeal import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def begun(alice: User) -> Reply:
    row = talked(alice)
    long_ago = timezone.now() - timedelta(minutes=1)
    return Reply.objects.create(
        id=uuid4(), conversation=row, question=uuid4(), backend="guide", process=me(), heartbeat_at=long_ago
    )


def written(row: Reply) -> str:
    return "".join(piece.text for piece in row.pieces.order_by("number"))


@pytest.fixture
def replies() -> Iterator[dict[Any, LiveReply]]:
    yield live.replies
    live.replies.clear()


async def test_a_commit_whose_answer_was_lost_stops_nothing(
    alice: User, replies: dict[Any, LiveReply], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await write(begun, alice)
    reply = replies[row.id] = LiveReply(row.id, row.conversation_id)
    reply.talk = asyncio.create_task(asyncio.sleep(60))
    saves = checkpoints._save

    def answer_lost(*what: Any) -> Any:
        saves(*what)
        raise OperationalError("server closed the connection unexpectedly")

    reply.add("Hello ", "")
    with monkeypatch.context() as at_once, suppress(OperationalError):
        at_once.setattr(checkpoints, "_save", answer_lost)
        await checkpoints.save_once()
    await write(row.refresh_from_db)
    beat = row.heartbeat_at
    for word in ("every", "body"):
        reply.add(word, "")
        # Shown, and so to be saved.
        await wait_for(lambda: reply.snapshot().data["chars"] == len(reply.text), 10)
        await checkpoints.save_once()
    assert await write(written, row) == "Hello everybody"
    await write(row.refresh_from_db)
    assert row.heartbeat_at > beat
    reply.talk.cancel()
