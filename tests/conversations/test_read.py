"""An answer is unread until its owner has seen it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation
from tests.conftest import signed_in
from tests.conversations.pages import Page
from tests.conversations.past import talked
from tests.conversations.test_changes import LONG_AGO, ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(alice: User) -> Conversation:
    return talked(alice, answered_at=timezone.now() - timedelta(seconds=1), changed_at=timezone.now() - LONG_AGO)


def test_an_answer_is_unread_until_it_is_said_to_be_read(as_alice: Client, answered: Conversation) -> None:
    assert [row["unread"] for row in ask(as_alice)["conversations"]] == [True]
    cursor = ask(as_alice)["cursor"]
    assert as_alice.post(f"/c/{answered.id}/read/", content_type="application/json").status_code == 204
    assert [row["unread"] for row in ask(as_alice, cursor)["conversations"]] == [False]
    assert ask(as_alice)["conversations"] == []


def test_the_next_answer_is_unread_again(as_alice: Client, answered: Conversation) -> None:
    as_alice.post(f"/c/{answered.id}/read/", content_type="application/json")
    Conversation.objects.filter(id=answered.id).update(answered_at=timezone.now())
    assert [row["unread"] for row in ask(as_alice)["conversations"]] == [True]


def test_a_form_comes_back_to_the_conversation(as_alice: Client, answered: Conversation) -> None:
    answer = as_alice.post(f"/c/{answered.id}/read/")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/c/{answered.id}/")


def test_the_page_of_a_conversation_reads_it(as_alice: Client, answered: Conversation) -> None:
    page = Page(as_alice.get(f"/c/{answered.id}/").content.decode())
    assert not page.soup.select("[data-unread]")
    assert ask(as_alice)["conversations"] == []


def test_where_nothing_is_unread_nothing_is_written(as_alice: Client, answered: Conversation) -> None:
    as_alice.get(f"/c/{answered.id}/")
    before = Conversation.objects.get(id=answered.id).changed_at
    as_alice.get(f"/c/{answered.id}/")
    as_alice.post(f"/c/{answered.id}/read/", content_type="application/json")
    assert Conversation.objects.get(id=answered.id).changed_at == before


def test_pieces_of_pages_read_nothing(as_alice: Client, answered: Conversation) -> None:
    for url in ("/c/", f"/c/{answered.id}/messages/", "/c/new/"):
        as_alice.get(url)
    assert [row["unread"] for row in ask(as_alice)["conversations"]] == [True]


def test_a_stranger_reads_nothing(bob: User, as_alice: Client, answered: Conversation) -> None:
    assert signed_in(bob).post(f"/c/{answered.id}/read/", content_type="application/json").status_code == 404
    assert [row["unread"] for row in ask(as_alice)["conversations"]] == [True]


def test_it_stays_where_it_is_in_the_sidebar(as_alice: Client, answered: Conversation) -> None:
    as_alice.post(f"/c/{answered.id}/read/", content_type="application/json")
    assert Conversation.objects.get(id=answered.id).updated_at == answered.updated_at


def test_read_at_a_moment_before_the_answer_is_unread(alice: User) -> None:
    row = talked(alice, answered_at=timezone.now())
    for read, unread in ((None, True), (F("answered_at") - timedelta(seconds=1), True), (F("answered_at"), False)):
        Conversation.objects.filter(id=row.id).update(read_at=read)
        row.refresh_from_db()
        assert row.unread is unread
        assert Conversation.objects.filter(id=row.id).unread().exists() is unread
