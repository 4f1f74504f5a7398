"""Pinning and archiving."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from conversations import flags
from conversations.models import Conversation
from conversations.transcripts import archive
from tests.conversations.commands import manage
from tests.conversations.pages import Page
from tests.conversations.past import listed, talked, transcript_of

JSON = "application/json"


def post(client: Client, row: Conversation, act: str, **fields: str) -> int:
    return client.post(f"/c/{row.id}/{act}/", fields, content_type=JSON).status_code


def page(client: Client, url: str = "/c/") -> Page:
    answer = client.get(url)
    assert answer.status_code == 200
    return Page(answer.content.decode())


def test_a_pinned_conversation_stands_above_the_days(as_alice: Client, alice: User) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    row = talked(alice, title="Kept at hand", updated_at=long_ago)
    listed(alice, 60)
    assert post(as_alice, row, "pin", on="true") == 204
    first = page(as_alice)
    assert next(iter(first.groups)) == "Pinned"
    assert first.groups["Pinned"] == ["Kept at hand"]
    assert len(first.rows) == 51
    second = page(as_alice, f"/c/?after={first.one('[data-next]')['data-next']}".replace("+", "%2B"))
    assert str(row.id) not in second.rows
    assert transcript_of(row).flags.pinned
    row.refresh_from_db()
    assert row.updated_at == long_ago
    assert post(as_alice, row, "pin", on="false") == 204
    assert "Pinned" not in page(as_alice).groups
    assert not transcript_of(row).flags.pinned


def test_saying_it_twice_changes_nothing(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    assert [post(as_alice, row, "pin", on="true") for _ in range(2)] == [204, 204]
    assert transcript_of(row).flags.pinned


@pytest.mark.parametrize("fields", [{}, {"on": ""}, {"on": "yes"}, {"on": "True"}])
@pytest.mark.parametrize("act", ["pin", "archive"])
def test_what_is_to_be_has_to_be_said(as_alice: Client, alice: User, act: str, fields: dict[str, str]) -> None:
    answer = as_alice.post(f"/c/{talked(alice).id}/{act}/", fields, content_type=JSON)
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"on": ['Say "true" or "false".']}


def test_pinned_ones_are_as_many_as_one_can_look_at(as_alice: Client, alice: User) -> None:
    listed(alice, flags.MOST_PINS, pinned=True)
    row = talked(alice)
    answer = as_alice.post(f"/c/{row.id}/pin/", {"on": "true"}, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_pins")
    assert not transcript_of(row).flags.pinned


def test_an_archived_conversation_leaves_the_sidebar_and_is_in_a_list_of_its_own(as_alice: Client, alice: User) -> None:
    row, stays = talked(alice, title="Over and done"), talked(alice, title="Still here")
    post(as_alice, row, "pin", on="true")
    assert post(as_alice, row, "archive", on="true") == 204
    assert page(as_alice).titles == ["Still here"]
    assert "Over and done" in page(as_alice, "/c/archived/").one(".list-rows").get_text()
    assert as_alice.get("/")["Location"] == f"/c/{stays.id}/"
    opened = page(as_alice, f"/c/{row.id}/")
    assert "hidden" not in opened.one(".archived").attrs
    assert "archived" in opened.one(".archived").get_text()
    assert "hidden" in page(as_alice, f"/c/{stays.id}/").one(".archived").attrs
    assert post(as_alice, row, "archive", on="false") == 204
    assert page(as_alice).groups["Pinned"] == ["Over and done"]
    assert "Nothing is archived" in page(as_alice, "/c/archived/").soup.get_text()


def test_a_form_comes_back_to_where_it_was_sent(as_alice: Client, alice: User) -> None:
    row = talked(alice, archived=True)
    url = f"/c/{row.id}/archive/"
    for referer, place in [
        ("http://testserver/c/archived/", "/c/archived/"),
        (f"http://testserver/c/{row.id}/", f"/c/{row.id}/"),
        ("https://evil.example/c/archived/", f"/c/{row.id}/"),
    ]:
        answer = as_alice.post(url, {"on": "false"}, headers={"referer": referer})
        assert (answer.status_code, answer["Location"]) == (303, place)


def test_the_list_of_the_archived_goes_on(as_alice: Client, alice: User) -> None:
    rows = listed(alice, 70, archived=True)
    first = page(as_alice, "/c/archived/")
    older = str(first.one("a[href*=after]")["href"])
    links = [str(link["href"]) for each in (first, page(as_alice, f"/c/archived/{older}"))
             for link in each.soup.select(".list-row a")]  # fmt: skip
    assert links == [f"/c/{row.id}/" for row in rows]


def test_the_other_pages_hear_of_it(as_alice: Client, alice: User) -> None:
    row = talked(alice, changed_at=timezone.now() - timedelta(hours=1))
    cursor = as_alice.get("/c/changes/").json()["cursor"]
    post(as_alice, row, "archive", on="true")
    post(as_alice, row, "tags", tags="work")
    [told] = as_alice.get("/c/changes/", {"since": cursor}).json()["conversations"]
    assert (told["pinned"], told["archived"], told["tags"]) == (False, True, ["work"])


def test_of_two_pages_the_one_that_was_later_in_the_store_is_right(alice: User) -> None:
    row = talked(alice)
    first = flags.change(row, pinned=True, archived=True)
    second = flags.change(row, pinned=False)
    flags.follow(second)
    flags.follow(first)
    row.refresh_from_db()
    assert (row.pinned, row.archived) == (False, True)


def test_a_row_that_missed_it_learns_it_when_the_conversation_is_opened(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    flags.change(row, pinned=True, tags=["work"])
    page(as_alice, f"/c/{row.id}/")
    row.refresh_from_db()
    assert (row.pinned, row.tags) == (True, ["work"])
    assert flags.tags_of(alice) == [("work", 1)]


def test_it_is_all_in_the_store(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    for act, fields in {"pin": {"on": "true"}, "archive": {"on": "true"}, "tags": {"tags": "work, Rome"}}.items():
        assert post(as_alice, row, act, **fields) == 204
    Conversation.objects.all().delete()
    assert manage("reindex").code == 0
    made = Conversation.objects.get()
    assert (made.pinned, made.archived, made.tags) == (True, True, ["work", "Rome"])
    assert flags.tags_of(alice) == [("Rome", 1), ("work", 1)]
    assert "all is well" in manage("check_store").out


def test_a_row_that_says_otherwise_is_found_and_mended(alice: User) -> None:
    row = talked(alice)
    flags.change(row, archived=True, tags=["work"])
    assert "archived, tags" in manage("check_store").out
    assert manage("check_store", "--repair").code == 0
    row.refresh_from_db()
    assert (row.archived, row.tags) == (True, ["work"])
    assert flags.tags_of(alice) == [("work", 1)]


def test_what_is_gone_from_the_store_is_not_made_again(as_alice: Client, alice: User) -> None:
    row = talked(alice)
    archive().delete(alice.id, row.id)
    for act, fields in {"pin": {"on": "true"}, "archive": {"on": "true"}, "tags": {"tags": "work"}}.items():
        assert post(as_alice, row, act, **fields) == 404
    assert archive().load(alice.id, row.id) is None


def test_every_list_is_read_from_an_index_of_its_own(alice: User) -> None:
    listed(alice, 300)
    owned = Conversation.objects.owned_by(alice)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    for rows, index in [
        (owned.listed(), "newest_first"),
        (owned.pinned(), "pinned_first"),
        (owned.archived(), "archived_first"),
    ]:
        plan = rows.newest_first()[:51].explain()
        assert index in plan, plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan


def test_of_two_that_change_it_at_once_the_row_follows_the_later_one(alice: User) -> None:
    row = talked(alice)
    pinned = flags.change(row, pinned=True)
    unpinned = flags.change(row, pinned=False)
    # The row had not changed yet: there was nothing to do, but much to know.
    flags.follow(unpinned)
    flags.follow(pinned)
    row.refresh_from_db()
    assert (row.pinned, transcript_of(row).flags.pinned) == (False, False)
