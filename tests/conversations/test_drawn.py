"""The HTML that is remembered."""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from sys import getsizeof
from uuid import uuid4

import pytest
from bs4 import Tag
from django.test import Client
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from accounts.models import User
from conversations.archive import key_of
from conversations.drawn import Drawn
from conversations.message import Message
from conversations.models import Conversation, Reply
from conversations.page import html_of
from conversations.transcripts import archive
from tests.conversations.pages import Page
from tests.conversations.past import talked

LONG = "x" * 100


def drawn_as(html: str) -> SafeString:
    return mark_safe(html)


def test_what_was_drawn_before_is_not_drawn_again() -> None:
    drawn = Drawn()
    first = drawn.html(("a",), lambda: drawn_as(LONG))
    assert drawn.html(("a",), lambda: drawn_as("another")) is first
    assert drawn.html(("b",), lambda: drawn_as("another")) == "another"


def test_the_oldest_are_forgotten_and_one_that_is_too_long_is_not_kept() -> None:
    drawn = Drawn(most=3 * (getsizeof(drawn_as(LONG)) + getsizeof("a")))
    for what in "abcd":
        drawn.html((what,), lambda: drawn_as(LONG))
    assert drawn.html(("d",), lambda: drawn_as("new")) == LONG
    assert drawn.html(("a",), lambda: drawn_as("new")) == "new"
    drawn.html(("huge",), lambda: drawn_as(LONG * 40))
    assert drawn.html(("huge",), lambda: drawn_as("new")) == "new"
    drawn.html(("made of much" * 100,), lambda: drawn_as("little"))
    assert drawn.html(("made of much" * 100,), lambda: drawn_as("new")) == "new"


def test_footnotes_of_two_messages_with_the_same_text_stay_apart() -> None:
    said = [Message(str(uuid4()), role="assistant", text="See[^1].\n\n[^1]: There.", parent=None,
                    created_at=datetime.now(UTC)) for _ in range(2)]  # fmt: skip
    assert html_of(said[0]) != html_of(said[1])


@pytest.mark.django_db
def test_a_page_that_is_shown_again_shows_what_has_changed_since(as_alice: Client, alice: User) -> None:
    row = talked(alice, ("A question", "An answer", "Another question", "Another answer"))
    url = f"/c/{row.id}/"

    def page(**headers: str) -> Page:
        return Page(as_alice.get(url, headers=headers).content.decode())

    first, again = page(), page()
    assert [str(one) for one in first.messages] == [str(one) for one in again.messages]
    reply = first.ids[1]
    assert as_alice.post(f"{url}messages/{reply}/rating/", {"value": "good"},
                         content_type="application/json").status_code < 300  # fmt: skip
    assert [one["data-rating"] for one in page().messages[1::2]] == ["good", ""]
    assert "Antwort kopieren" in str(page(**{"accept-language": "de"}).messages[1])
    as_alice.cookies["timezone"] = "Asia/Tokyo"
    assert str(page().messages[0].time) != str(first.messages[0].time)


@pytest.mark.django_db
def test_a_conversation_in_the_sidebar_is_shown_as_it_is_now(as_alice: Client, alice: User) -> None:
    opened, other = talked(alice, ("A question", "An answer")), talked(alice, ("Another", "One more"))

    def rows(of: Conversation) -> dict[str, Tag]:
        found = Page(as_alice.get(f"/c/{of.id}/").content.decode()).soup.select(".rows .row")
        return {str(row["data-conversation"]): row for row in found}

    def current(found: dict[str, Tag]) -> list[str]:
        return [name for name, row in found.items() if row.select("[aria-current]")]

    assert (current(rows(opened)), current(rows(other))) == ([str(opened.id)], [str(other.id)])
    Conversation.objects.filter(id=other.id).update(title="<b>Renamed</b>", answered_at=timezone.now(), tags=["work"])
    Reply.objects.create(id=uuid4(), conversation=other, question=uuid4())
    row = rows(opened)[str(other.id)]
    assert [link.text for link in row.select(".row-link")] == ["<b>Renamed</b>"]
    assert row.has_attr("data-answering")
    assert row.has_attr("data-unread")
    assert row["data-tags"] == "work"


@pytest.mark.django_db
def test_a_page_that_is_remembered_keeps_no_message_and_counts_all_it_keeps(
    as_alice: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered = Drawn()
    monkeypatch.setattr("conversations.templatetags.drawn.pieces", remembered)
    said = f"{uuid4()} {LONG}" * 100
    row = talked(alice, ("A question", said))
    as_alice.get(f"/c/{row.id}/")
    archive().memory.forget(key_of(alice.id, row.id))
    gc.collect()
    # By its type alone: what is lazy would be made to tell its class.
    assert not [one for one in gc.get_objects() if type(one) is Message and one.text == said]
    assert remembered._size > 2 * getsizeof(said)
