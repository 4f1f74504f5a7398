"""Conversations that everybody with a link may read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from conversations import branches
from conversations.models import Conversation
from conversations.transcripts import archive
from tests.conversations.commands import manage
from tests.conversations.pages import Page, text_of
from tests.conversations.past import talked, time_is_over, transcript_of

JSON = "application/json"


def share(client: Client, row: Conversation, on: str = "true") -> dict[str, Any]:
    answer = client.post(f"/c/{row.id}/share/", {"on": on}, content_type=JSON)
    assert answer.status_code == 200, answer.content
    known: dict[str, Any] = answer.json()
    assert known == client.get(f"/c/{row.id}/share/", headers={"Accept": JSON}).json()
    return known


def read(url: str) -> Page:
    answer = Client().get(url)
    assert answer.status_code == 200
    return Page(answer.content.decode())


def say_more(row: Conversation, text: str = "A later question") -> None:
    def say(transcript: Any) -> None:
        transcript.add(branches.in_own_words(transcript.ordered()[-1], str(uuid4()), text, timezone.now()))
        transcript.set_current(transcript.newest, timezone.now())

    archive().change(row.owner_id, row.id, say)


def test_who_has_the_link_reads_what_was_said_until_then(as_alice: Client, alice: User) -> None:
    row = talked(alice, ["Which **way**?", "To the *left*."], title="The Way to the Station")
    assert as_alice.get(f"/c/{row.id}/share/", headers={"Accept": JSON}).json() == {"url": None, "said_since": False}
    known = share(as_alice, row)
    page = read(known["url"])
    assert page.one("h1").get_text() == "The Way to the Station"
    assert [text_of(article, ".message-text, .message-body") for article in page.messages] == [
        "Which **way**?",
        "To the left.",
    ]
    assert page.one(".message-body em")
    assert "alice" not in str(page.soup)
    assert not page.soup.select("form, [data-act]")


def test_what_is_said_later_stays_private_until_it_is_shared_too(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    url = share(as_alice, row)["url"]
    say_more(row, "A secret")
    assert "A secret" not in str(read(url).soup)
    known = as_alice.get(f"/c/{row.id}/share/", headers={"Accept": JSON}).json()
    assert known == {"url": url, "said_since": True}
    assert share(as_alice, row) == {"url": url, "said_since": False}
    assert "A secret" in str(read(url).soup)


def test_other_branches_are_not_shared(as_alice: Client, alice: User) -> None:
    row = talked(alice, ["One", "Two", "Three", "Four"])
    said = transcript_of(row).ordered()
    as_alice.post(f"/c/{row.id}/messages/{said[1].id}/edit/", {"text": "Two, in secret"}, content_type=JSON)
    secret = transcript_of(row).leaf or ""
    as_alice.post(f"/c/{row.id}/current/", {"message": said[3].id}, content_type=JSON)
    url = share(as_alice, row)["url"]
    assert "secret" not in str(read(url).soup)
    assert Client().get(url, {"before": secret}).status_code == 404
    assert Client().get(url, {"before": "nonsense"}).status_code == 404
    assert [
        text_of(article, ".message-text, .message-body") for article in read(f"{url}?before={said[2].id}").messages
    ] == [
        "One",
        "Two",
    ]


def test_a_long_one_is_read_page_by_page(as_alice: Client, alice: User) -> None:
    row = talked(alice, [f"Message {place}" for place in range(250)])
    url = share(as_alice, row)["url"]
    seen: list[str] = []
    link = ""
    for _ in range(3):
        page = read(url + link)
        seen = [text_of(article, ".message-text, .message-body") for article in page.messages] + seen
        older = page.soup.select_one(".older")
        link = str(older["href"]) if older else ""
    assert seen == [f"Message {place}" for place in range(250)]
    assert link == ""


def test_nobody_reads_it_once_it_is_no_longer_shared(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    url = share(as_alice, row)["url"]
    assert share(as_alice, row, "false") == {"url": None, "said_since": False}
    assert Client().get(url).status_code == 404
    again = share(as_alice, row)["url"]
    assert again != url
    assert Client().get(url).status_code == 404
    assert Client().get(again).status_code == 200


def test_sharing_twice_gives_one_link(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    assert share(as_alice, row) == share(as_alice, row)


def test_nothing_said_is_nothing_to_share(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    as_alice.post(f"/c/{row.id}/clear/", content_type=JSON)
    answer = as_alice.post(f"/c/{row.id}/share/", {"on": "true"}, content_type=JSON)
    assert (answer.status_code, answer.json()["errors"]) == (400, {"on": ["There is nothing to share yet."]})


def test_only_the_owner_shares(as_bob: Client, alice: User) -> None:
    row = talked(alice)
    assert as_bob.post(f"/c/{row.id}/share/", {"on": "true"}, content_type=JSON).status_code == 404
    assert as_bob.get(f"/c/{row.id}/share/").status_code == 404
    assert Client().get(f"/c/{row.id}/share/").status_code == 302
    assert Client().get(f"/share/{row.id}/").status_code == 404
    assert Client().get(f"/share/{uuid4()}/").status_code == 404


def test_what_is_deleted_is_not_shared(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    url = share(as_alice, row)["url"]
    as_alice.post(f"/c/{row.id}/delete/", content_type=JSON)
    assert Client().get(url).status_code == 404
    as_alice.post(f"/c/{row.id}/undo/", content_type=JSON)
    assert Client().get(url).status_code == 200
    as_alice.post(f"/c/{row.id}/delete/", content_type=JSON)
    time_is_over()
    assert Client().get(url).status_code == 404


def test_its_day_is_written_as_its_reader_writes_days(as_alice: Client, alice: User) -> None:
    url = share(as_alice, talked(alice))["url"]
    page = Page(Client(headers={"accept-language": "zh-hans"}).get(url).content.decode())
    assert re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", page.one(".shared-note time").get_text())


def test_it_is_kept_out_of_caches_and_search_engines(as_alice: Client, alice: User) -> None:
    answer = Client().get(share(as_alice, talked(alice))["url"])
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answer["Cache-Control"]
    assert "same-origin" in answer["Referrer-Policy"]


def test_the_store_alone_brings_links_back(as_alice: Client, alice: User) -> None:
    shared, withdrawn = talked(alice), talked(alice)
    url, gone = share(as_alice, shared)["url"], share(as_alice, withdrawn)["url"]
    share(as_alice, withdrawn, "false")
    Conversation.objects.all().delete()
    manage("reindex")
    assert Client().get(url).status_code == 200
    assert Client().get(gone).status_code == 404


def test_withdrawn_while_the_store_is_away_it_cannot_be_read(as_alice: Client, alice: User, tmp_path: Path) -> None:
    row = talked(alice)
    url = share(as_alice, row)["url"]
    (tmp_path / "store").rename(tmp_path / "away")
    (tmp_path / "store").touch()
    assert as_alice.post(f"/c/{row.id}/share/", {"on": "false"}, content_type=JSON).status_code == 503
    assert Client().get(url).status_code == 404
    (tmp_path / "store").unlink()
    (tmp_path / "away").rename(tmp_path / "store")
    assert share(as_alice, row, "false")["url"] is None


@pytest.mark.parametrize("on", ["true", "false"])
def test_a_form_does_the_same(as_alice: Client, alice: User, on: str) -> None:
    row = talked(alice)
    answer = as_alice.post(f"/c/{row.id}/share/", {"on": on})
    assert (answer.status_code, answer["Location"]) == (303, f"/c/{row.id}/share/")
    page = Page(as_alice.get(answer["Location"]).content.decode())
    assert bool(page.soup.select(".share-link")) == (on == "true")


def test_hostile_titles_and_questions_are_text(as_alice: Client, alice: User) -> None:
    row = talked(alice, ["<img src=x onerror=alert(1)>", "<script>alert(1)</script>"], title="<b>bold</b>")
    page = read(share(as_alice, row)["url"])
    assert page.one("h1").get_text() == "<b>bold</b>"
    assert not page.soup.select("main img, main script, h1 b")
