"""What running replies have said is saved by who has them, and by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from accounts.models import User
from conversations import checkpoints
from conversations.live import Unsaved
from conversations.models import Piece, Reply
from conversations.process import me
from tests.conversations.past import talked

pytestmark = pytest.mark.django_db(transaction=True)


def take_over(reply: UUID) -> None:
    """As another process does that ends it."""
    try:
        Reply.objects.filter(id=reply).update(process=uuid4(), finish="interrupted")
        Piece.objects.filter(reply=reply).delete()
    finally:
        connection.close()


def test_nothing_is_saved_of_a_reply_that_is_taken_over_meanwhile(alice: User) -> None:
    reply = Reply.objects.create(id=uuid4(), conversation=talked(alice), question=uuid4(), process=me())
    other = Thread(target=take_over, args=[reply.id])

    def meanwhile(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        found = execute(sql, *more)
        if sql.startswith("SELECT") and other.ident is None:
            other.start()
            # Where it has to wait for us, it is done later.
            other.join(0.5)
        return found

    with connection.execute_wrapper(meanwhile):
        checkpoints._save([reply.id], {reply.id: Unsaved(0, "What was said", "")})
    other.join()
    reply.refresh_from_db()
    assert reply.finish == "interrupted"
    assert not Piece.objects.filter(reply=reply).exists()


def test_one_that_was_taken_over_before_is_stopped_and_the_others_are_saved(alice: User) -> None:
    row = talked(alice)
    ours, theirs = (
        Reply.objects.create(id=uuid4(), conversation=row, question=uuid4(), process=process)
        for process in (me(), uuid4())
    )
    said = {reply.id: Unsaved(0, "What was said", "") for reply in (ours, theirs)}
    assert checkpoints._save(list(said), said) == ({ours.id}, {theirs.id: "interrupted"})
    assert [piece.reply_id for piece in Piece.objects.all()] == [ours.id]
