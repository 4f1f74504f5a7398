"""A reply of another process is shown as far as that one has saved it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import timezone

from accounts.models import User
from conversations import elsewhere
from conversations.models import Conversation, Piece, Reply
from conversations.transcripts import archive
from tests.conversations.pages import Page
from tests.conversations.past import talked, transcript_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def row(alice: User) -> Conversation:
    return talked(alice, ["Bread?", "Mix, fold"])


def runs_elsewhere(row: Conversation, text: str, rev: int = 1) -> Reply:
    """What this run has said so far is `text`."""
    reply = Reply.objects.get(conversation=row)
    Piece.objects.create(reply=reply, number=0, text=text)
    Reply.objects.filter(id=reply.id).update(
        finish="", rev=rev, process=uuid4(), started_at=timezone.now(), heartbeat_at=timezone.now()
    )
    return reply


def goes_on(row: Conversation, reply: UUID, text: str) -> None:
    """The store has the continued message; the row does not know it yet."""
    before = transcript_of(row).messages[str(reply)]
    seam = {"chars": len(before.text), "finish": "stopped", "at": "2026-11-20T12:00:00.000Z"}
    archive().change(
        row.owner_id,
        row.id,
        lambda transcript: transcript.revise(reply, text=before.text + text, seams=[seam]),
    )


def on_the_page(client: Client, row: Conversation) -> str:
    return Page(client.get(f"/c/{row.id}/").content.decode()).said[-1]


def mirrored(reply: Reply) -> str:
    row = Reply.objects.select_related("conversation").get(id=reply.id)

    async def attach() -> str:
        return (await elsewhere.mirror(row)).text

    return async_to_sync(attach)()


def test_what_is_in_the_store_already_is_not_shown_twice(as_alice: Client, row: Conversation) -> None:
    runs_elsewhere(row, "Mix, fold")
    assert on_the_page(as_alice, row) == "Mix, fold"


def test_what_goes_on_is_shown_behind_what_was_there(as_alice: Client, row: Conversation) -> None:
    reply = runs_elsewhere(row, ", bake.", rev=2)
    assert on_the_page(as_alice, row) == "Mix, fold, bake."
    assert mirrored(reply) == "Mix, fold, bake."


def test_what_went_on_and_is_in_the_store_already_is_not_shown_twice(as_alice: Client, row: Conversation) -> None:
    reply = runs_elsewhere(row, ", bake.", rev=2)
    goes_on(row, reply.id, ", bake.")
    assert on_the_page(as_alice, row) == "Mix, fold, bake."
    assert mirrored(reply) == "Mix, fold, bake."
