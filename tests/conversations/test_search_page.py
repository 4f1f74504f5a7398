"""The page of the search, and the way from a hit to the message, as they are with and without scripts."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from conversations import search
from conversations.finding import HITS, TITLES
from conversations.message import Message
from conversations.models import Conversation, Said
from conversations.opening import ABOVE, DEEPEST
from conversations.page import SHOWN
from conversations.transcripts import archive
from tests.conversations.pages import Page
from tests.conversations.past import talked, time_is_over, transcript_of
from tests.conversations.test_search import indexed

pytestmark = pytest.mark.django_db


def page(client: Client, url: str, **query: str) -> Page:
    answer = client.get(url, query)
    assert answer.status_code == 200
    return Page(answer.content.decode())


def hits(found: Page) -> list[str]:
    return [" ".join(hit.get_text(" ", strip=True).split()) for hit in found.soup.select(".hit")]


def test_a_hit_says_where_who_and_what_and_marks_the_words(alice: User, as_alice: Client) -> None:
    indexed(alice, "Where is the station?", "The station is north.", title="A Walk")
    found = page(as_alice, "/search/", q="station")
    assert found.one("ul[aria-label='Search results']").find_parent("nav") is None
    assert [mark.get_text() for mark in found.soup.select("mark")] == ["station", "station"]
    answer, question = hits(found)
    assert answer.startswith("A Walk The station is north. test-model ·")
    assert question.startswith("A Walk Where is the station ? You ·")
    assert found.one("input[type=search]")["value"] == "station"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [("", "Type what you remember"), ("   ", "Nothing found"), ("nowhere", "Nothing found"), ("...", "Nothing found")],
)
def test_nothing_found_is_said(as_alice: Client, query: str, sentence: str) -> None:
    assert sentence in page(as_alice, "/search/", q=query).soup.get_text()


def test_what_is_too_long_is_shortened_and_said(alice: User, as_alice: Client) -> None:
    indexed(alice, "Apples " * 30)
    found = page(as_alice, "/search/", q="apples " * 100)
    assert "only the first 200 characters" in found.soup.get_text()
    assert len(str(found.one("input[type=search]")["value"])) == 200
    assert len(hits(found)) == 1


def test_more_hits_come_on_demand(alice: User, as_alice: Client) -> None:
    indexed(alice, *[f"Apple {number}" for number in range(HITS + 1)])
    for number in range(TITLES + 1):
        indexed(alice, title=f"Apple pie {number}")
    found = page(as_alice, "/search/", q="apple")
    titles, more = found.soup.select(".found-more")
    assert len(hits(found)) == HITS + TITLES
    assert len(hits(page(as_alice, str(titles["href"])))) == TITLES + 1
    assert len(hits(page(as_alice, str(more["href"])))) == 1


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "٣"])
def test_a_place_in_the_list_that_is_none_does_no_harm(as_alice: Client, before: str) -> None:
    page(as_alice, "/search/", q="apple", before=before)


def test_strangers_are_sent_to_the_log_in(client: Client) -> None:
    assert client.get("/search/", {"q": "apple"}).status_code == 302


def test_markup_in_a_hit_is_text(alice: User, as_alice: Client) -> None:
    hostile = "<script>hacked</script><mark onclick=hacked>"
    indexed(alice, f"apple {hostile}", title=f"apple {hostile}")
    found = page(as_alice, "/search/", q="apple hacked <script>")
    assert not [script for script in found.soup("script") if "hacked" in script.get_text()]
    assert not found.soup.select("[onclick]")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_a_conversation_that_is_deleted(alice: User, as_alice: Client) -> None:
    row = indexed(alice, "Gone tomorrow", title="Gone")
    as_alice.post(f"/c/{row.id}/delete/")
    time_is_over()
    assert leftovers() == 0
    indexed(alice, "Gone tomorrow", title="Gone")
    alice.delete()
    assert leftovers() == 0


def leftovers() -> int:
    count = Said.objects.count()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM conversations_words WHERE conversations_words MATCH 'gone'")
            count += cursor.fetchone()[0]
            # Fails where the index and the rows do not fit together.
            cursor.execute("INSERT INTO conversations_words (conversations_words) VALUES ('integrity-check')")
    return int(count)


def test_a_hit_opens_its_conversation_at_the_message(alice: User, as_alice: Client) -> None:
    row = indexed(alice, *[f"Number {number}" for number in range(SHOWN * 2)])
    link = page(as_alice, "/search/", q="number 3 ").soup.select(".hit")[-1]["href"]
    shown = page(as_alice, str(link))
    wanted = str(link).split("#said-")[1]
    assert shown.one(f"#said-{wanted}")
    assert shown.said[-1] == f"Number {SHOWN * 2 - 1}"
    assert len(shown.messages) == SHOWN * 2
    assert shown.one(".chat")["data-leaf"] == shown.ids[-1]
    assert page(as_alice, row.get_absolute_url()).said[0] == f"Number {SHOWN}"


def test_far_above_the_end_only_the_messages_around_it_are_shown(alice: User, as_alice: Client) -> None:
    row = talked(alice, [f"Number {number}" for number in range(DEEPEST + 50)])
    ids = [message.id for message in transcript_of(row).ordered()]
    shown = page(as_alice, row.get_absolute_url(), message=ids[20])
    assert shown.ids == ids[20 - ABOVE : 20 - ABOVE + SHOWN]
    assert shown.one(".chat")["data-leaf"] == ids[-1]
    assert shown.one("[data-later]")["href"] == row.get_absolute_url()


def test_a_hit_on_another_branch_is_shown_there_and_leaves_the_current_one(alice: User, as_alice: Client) -> None:
    row = talked(alice, ["A question", "An answer"])
    question, answer = (message.id for message in transcript_of(row).ordered())
    other = Message(str(uuid4()), role="assistant", text="Another", parent=question, created_at=row.created_at)
    archive().change(alice.id, row.id, lambda transcript: transcript.add(other))
    shown = page(as_alice, row.get_absolute_url(), message=other.id)
    assert shown.ids == [question, other.id]
    assert shown.one(".chat")["data-leaf"] == other.id
    assert page(as_alice, row.get_absolute_url()).ids == [question, answer]


@pytest.mark.parametrize("message", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_a_message_that_is_not_there_opens_the_newest(alice: User, as_alice: Client, message: str) -> None:
    row = talked(alice)
    assert len(page(as_alice, row.get_absolute_url(), message=message).messages) == 2


def test_conversations_that_are_not_there_for_their_owner_are_not_found(alice: User, as_alice: Client) -> None:
    row = indexed(alice, "Not yet")
    Conversation.objects.filter(id=row.id).update(visible=False)
    assert hits(page(as_alice, "/search/", q="yet")) == []
    search.titled(uuid4())
