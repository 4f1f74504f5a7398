"""The rows of a reply: few statements, however they are raced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from conversations import admission
from conversations.archive import Opened
from conversations.message import Message
from conversations.models import Conversation, Piece, Reply, Said
from conversations.refusals import NotYours, TooManyReplies
from conversations.transcript import Transcript

pytestmark = pytest.mark.django_db

STATEMENTS = 13
"""Of a first question and its answer. One process begins forty a second: each more is a way to the database and back,
between which other threads take their turn."""


class Turn:
    """A question and its answer, as the rows hear of it."""

    def __init__(self, owner: User, conversation: UUID | None = None, *, title: str = "Weekend in Rome") -> None:
        self.owner, self.reply, now = owner, uuid4(), timezone.now()
        self.transcript = Transcript.new(conversation or uuid4(), owner.id, owner.username, None, now)
        self.transcript.set_title(title, "fallback", now)
        self.question = Message(str(uuid4()), role="user", text="Where to?", created_at=now)
        self.answer = Message(
            str(self.reply), role="assistant", parent=self.question.id, text="To Rome", finish="stop", created_at=now
        )
        self.row: Conversation | None = None

    @property
    def id(self) -> UUID:
        return UUID(self.transcript.id)

    @property
    def stored(self) -> Opened:
        return Opened(self.transcript, "a tag")

    def admit(self, **named: Any) -> admission.Admission:
        question = UUID(self.question.id)
        named = {"parent": None, "again": False, "backend": "guide"} | named
        admitted = admission.admit(self.owner.id, self.id, question, self.reply, **named)
        self.row = admitted.conversation
        return admitted

    def save_question(self) -> None:
        assert self.row
        self.transcript.add(self.question, self.question.created_at)
        admission.question_saved(self.stored, self.row, self.reply, model="small", question=self.question)

    def end(self) -> bool:
        rest = Piece(reply_id=self.reply, number=0, text=self.answer.text)
        assert admission.talked(self.reply, whole=None, rest=rest, outcome="stop") == "ours"
        self.transcript.add(self.answer, self.answer.created_at)
        return admission.ended(self.stored, self.reply, "stop", self.answer)


def said(conversation: UUID) -> set[str]:
    return set(Said.objects.filter(conversation=conversation).values_list("text", flat=True))


def test_a_question_and_its_answer_take_few_statements(alice: User) -> None:
    turn = Turn(alice)
    with CaptureQueriesContext(connection) as taken:
        turn.admit(is_new=True)
        turn.save_question()
        assert turn.end()
    statements = [query["sql"] for query in taken if "SAVEPOINT" not in query["sql"]]
    assert len(statements) <= STATEMENTS, "\n".join(statements)
    row = Conversation.objects.owned_by(alice).get(id=turn.id)
    assert (row.title, row.title_by, row.model, row.message_count) == ("Weekend in Rome", "fallback", "small", 2)
    assert said(row.id) == {"Weekend in Rome", "Where to?", "To Rome"}
    assert not Piece.objects.exists()


def test_of_two_that_begin_one_conversation_at_once_the_second_joins_the_first(alice: User) -> None:
    turn = Turn(alice)
    first = turn.admit(is_new=True)
    turn.reply = uuid4()
    second = turn.admit(is_new=True)
    assert (second.fresh, second.reply) == (False, first.reply)
    assert Reply.objects.count() == 1


def test_whoever_sends_twice_what_is_the_last_allowed_is_not_refused(alice: User, settings: Any) -> None:
    settings.REPLIES_AT_ONCE = 1
    turn = Turn(alice)
    first = turn.admit(is_new=True)
    assert turn.admit(is_new=True).reply == first.reply
    with pytest.raises(TooManyReplies):
        Turn(alice).admit(is_new=True)
    assert Conversation.objects.count() == 1


def test_an_id_that_somebody_has_taken_meanwhile_is_theirs(alice: User, bob: User) -> None:
    turn = Turn(alice)
    turn.admit(is_new=True)
    with pytest.raises(NotYours):
        Turn(bob, turn.id).admit(is_new=True)


def rename(row: Conversation) -> None:
    Conversation.objects.filter(id=row.id).update(title="Mine", title_by="user", visible=True)


def begin_elsewhere(row: Conversation) -> None:
    Conversation.objects.filter(id=row.id).update(visible=True, message_count=7)


@pytest.mark.parametrize(
    ("meanwhile", "title", "count"), [(rename, "Mine", 1), (begin_elsewhere, "Weekend in Rome", 7)]
)
def test_what_others_did_while_the_question_was_saved_stays(
    alice: User, meanwhile: Callable[[Conversation], None], title: str, count: int
) -> None:
    turn = Turn(alice)
    row = turn.admit().conversation
    meanwhile(row)
    turn.save_question()
    row = Conversation.objects.get(id=turn.id)
    assert (row.title, row.message_count) == (title, count)
    assert "Where to?" in said(row.id)


def test_a_title_that_a_dead_process_left_in_the_store_reaches_the_row(alice: User) -> None:
    first = Turn(alice)
    first.admit()
    first.save_question()
    first.end()
    second = Turn(alice, first.id)
    second.transcript.set_title("Rome in spring", "model", timezone.now())
    second.admit()
    second.save_question()
    assert Conversation.objects.get(id=first.id).title == "Rome in spring"
    assert said(first.id) >= {"Rome in spring"}


def test_an_answer_to_what_is_in_the_bin_is_kept_with_it(alice: User) -> None:
    turn = Turn(alice)
    turn.admit()
    turn.save_question()
    Conversation.objects.filter(id=turn.id).update(deleted_at=timezone.now())
    assert not turn.end()
    row = Conversation.objects.get(id=turn.id)
    assert (row.message_count, row.answered_at is not None) == (2, True)
    assert "To Rome" in said(row.id)
