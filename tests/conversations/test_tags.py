"""Tags of conversations."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from conversations import flags
from conversations.models import Conversation, Tagged
from tests.conversations.pages import Page
from tests.conversations.past import talked, transcript_of

JSON = "application/json"
HOSTILE = '<img src=x onerror=alert(1)>"&{{x}}'


def tag(client: Client, row: Conversation, tags: str) -> int:
    return client.post(f"/c/{row.id}/tags/", {"tags": tags}, content_type=JSON).status_code


def with_tag(client: Client, tag: str) -> list[str]:
    answer = client.get("/c/", {"tag": tag})
    assert answer.status_code == 200
    return [link.get_text() for link in Page(answer.content.decode()).soup.select(".list-row a")]


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("work", ["work"]),
        (" work ,  my   Rome,WORK,, rome 2 ", ["work", "my Rome", "rome 2"]),
        ("one\ntwo", ["one", "two"]),
        ("Straße, STRASSE, 天气", ["Straße", "天气"]),
        ("", []),
        (" , ", []),
        ("x" * 40, ["x" * 40]),
        (",".join(map(str, range(20))), [str(number) for number in range(20)]),
    ],
)
def test_tags_are_tidied(as_alice: Client, alice: User, typed: str, tags: list[str]) -> None:
    row = talked(alice)
    assert tag(as_alice, row, typed) == 204
    row.refresh_from_db()
    assert row.tags == transcript_of(row).flags.tags == tags


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("x" * 41, "A tag may have at most 40 characters."),
        (",".join(map(str, range(21))), "A conversation may have at most 20 tags."),
        ("nul\0", "Null characters are not allowed."),
    ],
)
def test_too_much_is_refused_in_words(as_alice: Client, alice: User, typed: str, sentence: str) -> None:
    row = talked(alice)
    tag(as_alice, row, "as before")
    answer = as_alice.post(f"/c/{row.id}/tags/", {"tags": typed}, content_type=JSON)
    assert (answer.status_code, answer.json()["errors"]) == (400, {"tags": [sentence]})
    assert transcript_of(row).flags.tags == ["as before"]


def test_a_form_comes_back_to_the_conversation_which_shows_them(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    answer = as_alice.post(f"/c/{row.id}/tags/", {"tags": "work, C++ & more"})
    assert (answer.status_code, answer["Location"]) == (303, f"/c/{row.id}/")
    links = Page(as_alice.get(f"/c/{row.id}/").content.decode()).soup.select(".tags a")
    assert [(link.get_text(), link["href"]) for link in links] == [
        ("work", "/c/?tag=work"),
        ("C++ & more", "/c/?tag=C%2B%2B%20%26%20more"),
    ]
    assert with_tag(as_alice, "C++ & more") == ["A title"]


def test_a_tag_finds_its_conversations_however_it_is_written(as_alice: Client, alice: User, bob: User) -> None:
    rome, oslo, theirs = talked(alice, title="Rome"), talked(alice, title="Oslo"), talked(bob, title="Secret")
    tag(as_alice, rome, "Travel, work")
    tag(as_alice, oslo, "travel")
    flags.set_flags(theirs, tags=["travel"])
    assert sorted(with_tag(as_alice, " TRAVEL")) == ["Oslo", "Rome"]
    assert with_tag(as_alice, "work") == ["Rome"]
    assert with_tag(as_alice, "nothing") == []
    as_alice.post(f"/c/{rome.id}/archive/", {"on": "true"}, content_type=JSON)
    assert sorted(with_tag(as_alice, "travel")) == ["Oslo", "Rome"]
    tag(as_alice, oslo, "")
    assert with_tag(as_alice, "travel") == ["Rome"]
    as_alice.post(f"/c/{rome.id}/delete/", content_type=JSON)
    assert with_tag(as_alice, "travel") == []
    assert flags.tags_of(alice) == []


def test_all_tags_are_offered_with_the_number_of_their_conversations(as_alice: Client, alice: User) -> None:
    for tags in ("work", "Work, rome", "home"):
        tag(as_alice, talked(alice), tags)
    found = Page(as_alice.get("/c/archived/").content.decode()).soup.select(".list-lists a")
    assert [" ".join(link.get_text().lower().split()) for link in found] == ["archived", "home 1", "rome 1", "work 2"]


def test_tags_are_text(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    assert tag(as_alice, row, HOSTILE) == 204
    for url in (f"/c/{row.id}/", "/c/", "/c/archived/"):
        markup = as_alice.get(url).content.decode()
        assert "<img" not in markup
    assert "<img" not in as_alice.get("/c/", {"tag": HOSTILE}).content.decode()
    assert with_tag(as_alice, HOSTILE) == ["A title"]


def test_tags_nobody_could_have_typed_do_no_harm(alice: User, as_alice: Client) -> None:
    row = talked(alice)
    flags.set_flags(row, tags=["x" * 500, "Work", "work", "", "  "])
    assert [tagged.folded for tagged in Tagged.objects.order_by("id")] == ["x" * 40, "work"]
    assert with_tag(as_alice, "x" * 500) == ["A title"]
    assert with_tag(as_alice, "\0") == []
