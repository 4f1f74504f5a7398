"""The sidebar: a user's conversations under days and months, fifty at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation, Reply
from conversations.sidebar import label_of
from tests.conversations.pages import Page
from tests.conversations.past import listed, talked


def sidebar(client: Client, after: str = "") -> Page:
    answer = client.get("/c/", {"after": after} if after else {})
    assert answer.status_code == 200
    return Page(answer.content.decode())


def next_of(page: Page) -> str:
    return str(page.one("[data-next]")["data-next"])


def walk(client: Client, cursor: str = "") -> list[str]:
    """The rows of all the pages from a cursor on."""
    rows: list[str] = []
    while True:
        page = sidebar(client, cursor)
        rows += page.rows
        cursor = next_of(page)
        if not cursor:
            return rows


def test_the_newest_conversation_is_first(as_alice: Client, alice: User) -> None:
    rows = listed(alice, 5)
    Conversation.objects.filter(id=rows[3].id).update(updated_at=timezone.now())
    assert sidebar(as_alice).titles == [f"Conversation {number}" for number in (3, 0, 1, 2, 4)]


def test_the_page_has_the_newest_fifty_as_links(as_alice: Client, alice: User) -> None:
    rows = listed(alice, 60)
    page = Page(as_alice.get("/c/new/").content.decode())
    assert page.rows == [str(row.id) for row in rows[:50]]
    assert page.one(".row-link")["href"] == f"/c/{rows[0].id}/"
    assert sidebar(as_alice, next_of(page)).rows == [str(row.id) for row in rows[50:]]


def test_the_open_conversation_is_marked(as_alice: Client, alice: User) -> None:
    listed(alice, 3)
    opened = talked(alice, title="Open")
    page = Page(as_alice.get(f"/c/{opened.id}/").content.decode())
    assert [link.get_text() for link in page.soup.select('.row-link[aria-current="page"]')] == ["Open"]


def test_titles_are_text(as_alice: Client, alice: User) -> None:
    title = '<script>alert(1)</script> & "quotes" \' {{ user }}'
    talked(alice, title=title)
    page = sidebar(as_alice)
    assert page.titles == [title]
    assert not page.soup.select("script")


def test_nothing_of_others_and_nothing_unsaid_is_listed(as_alice: Client, alice: User, bob: User) -> None:
    listed(bob, 2)
    listed(alice, 2, visible=False)
    mine = listed(alice, 1)
    assert sidebar(as_alice).rows == [str(mine[0].id)]


def test_the_labels_follow_the_calendar() -> None:
    today = datetime(2026, 3, 1, 12, tzinfo=UTC)
    days = {0: "Today", 1: "Yesterday", 2: "Previous 7 days", 7: "Previous 7 days", 8: "Previous 30 days"}
    days |= {30: "Previous 30 days", 31: "January 2026", 60: "December 2025", 366: "February 2025", -1: "Today"}
    with timezone.override(UTC):
        assert {ago: label_of(today - timedelta(days=ago), today.date()) for ago in days} == days


@pytest.mark.parametrize(
    ("moment", "label"),
    [("2026-03-01T11:00:01+00:00", "Today"), ("2026-03-01T10:59:59+00:00", "Yesterday")],
)
def test_a_day_begins_at_the_readers_midnight(moment: str, label: str) -> None:
    # In Auckland, thirteen hours ahead in March, the second of March begins at 11:00 UTC on the first.
    today = datetime(2026, 3, 2).date()
    with timezone.override("Pacific/Auckland"):
        assert label_of(datetime.fromisoformat(moment), today) == label


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", ""])
def test_the_zone_is_in_a_cookie(as_alice: Client, alice: User, zone: str) -> None:
    as_alice.cookies["timezone"] = zone
    with timezone.override(zone or "UTC"):
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    talked(alice, title="Just after midnight", updated_at=midnight + timedelta(seconds=1))
    talked(alice, title="Just before midnight", updated_at=midnight - timedelta(seconds=1))
    groups = sidebar(as_alice).groups
    assert groups == {"Today": ["Just after midnight"], "Yesterday": ["Just before midnight"]}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", '"\\000"', "x" * 3000, "Europe"])
def test_a_zone_that_does_not_exist_is_utc(as_alice: Client, alice: User, zone: str) -> None:
    # As it stands in the header: newer versions of Python refuse to write a cookie with a control character.
    mine = as_alice.cookies["sessionid"].value
    listed(alice, 1)
    assert as_alice.get("/c/", headers={"cookie": f"sessionid={mine}; timezone={zone}"}).status_code == 200


def test_months_follow_the_days(as_alice: Client, alice: User) -> None:
    moments = [
        datetime(2024, 5, 31, 23, tzinfo=UTC),
        datetime(2024, 5, 1, tzinfo=UTC),
        datetime(2023, 5, 1, tzinfo=UTC),
    ]
    for number, moment in enumerate(moments):
        listed(alice, 1, updated_at=moment, title=f"Old {number}")
    listed(alice, 1)
    assert sidebar(as_alice).groups == {
        "Today": ["Conversation 0"],
        "May 2024": ["Old 0", "Old 1"],
        "May 2023": ["Old 2"],
    }


def test_pages_of_the_list_lose_and_double_nothing(as_alice: Client, alice: User) -> None:
    # Seventy of them at the very same moment, so that only the id tells them apart.
    rows = listed(alice, 70, updated_at=timezone.now()) + listed(alice, 50)
    walked = walk(as_alice)
    assert len(walked) == 120
    assert set(walked) == {str(row.id) for row in rows}


def test_a_row_that_moves_between_two_pages_shifts_nothing(as_alice: Client, alice: User) -> None:
    rows = [str(row.id) for row in listed(alice, 120)]
    first = sidebar(as_alice)
    # One below the fold moves to the top, one above it moves too, and the row of the cursor itself goes.
    for moved in (rows[80], rows[10]):
        Conversation.objects.filter(id=moved).update(updated_at=timezone.now())
    Conversation.objects.filter(id=rows[49]).delete()
    rest = walk(as_alice, next_of(first))
    assert rest == [row for row in rows[50:] if row != rows[80]]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "~",
        "2026-01-01~",
        "2026-01-01T00:00:00~nobody",
        f"yesterday~{UUID(int=1)}",
        f"0001-01-01T00:00:00+14:00~{UUID(int=1)}",
        f"9999-12-31T23:59:59-14:00~{UUID(int=1)}",
        "\0",
        "'; DROP TABLE",
        "9" * 5000,
    ],
)
def test_a_cursor_nobody_gave_is_a_bad_request(as_alice: Client, cursor: str) -> None:
    assert as_alice.get("/c/", {"after": cursor}).status_code == 400


def test_a_cursor_of_a_row_that_is_gone_still_has_its_place(as_alice: Client, alice: User) -> None:
    rows = listed(alice, 3)
    assert sidebar(as_alice, f"{rows[0].updated_at.isoformat()}~{rows[0].id}").rows == [str(row.id) for row in rows[1:]]
    assert sidebar(as_alice, f"2000-01-01T00:00:00+00:00~{uuid4()}").rows == []


def test_a_page_costs_the_same_with_many_conversations(as_alice: Client, alice: User) -> None:
    opened = talked(alice)
    listed(alice, 10)
    urls = ("/c/", "/c/new/", f"/c/{opened.id}/")
    few = [queries_of(as_alice, url) for url in urls]
    listed(alice, 190)
    assert [queries_of(as_alice, url) for url in urls] == few
    assert max(few) <= 10


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_list_is_read_from_its_index(alice: User) -> None:
    listed(alice, 200)
    plan = Conversation.objects.owned_by(alice).listed().newest_first()[:51].explain()
    if connection.vendor == "sqlite":
        assert "newest_first" in plan
        assert "TEMP B-TREE" not in plan


def begin_reply(row: Conversation) -> None:
    Reply.objects.create(id=uuid4(), conversation=row, question=uuid4(), backend="huggingface")


def test_marks_are_in_the_page_and_the_links_keep_their_names(as_alice: Client, alice: User) -> None:
    runs, unread, plain = listed(alice, 3)
    begin_reply(runs)
    Conversation.objects.filter(id=unread.id).update(answered_at=timezone.now())
    for url in ("/c/new/", "/c/"):
        page = Page(as_alice.get(url).content.decode())
        assert [row["data-conversation"] for row in page.soup.select("[data-answering]")] == [str(runs.id)]
        assert [row["data-conversation"] for row in page.soup.select("[data-unread]")] == [str(unread.id)]
        assert page.titles == [row.title for row in (runs, unread, plain)]
        described = [link["aria-describedby"] for link in page.soup.select(".row-link")]
        assert [mark["id"] for mark in page.soup.select(".row-mark")] == described


def test_marks_cost_one_query(as_alice: Client, alice: User) -> None:
    rows = listed(alice, 60)
    with CaptureQueriesContext(connection) as before:
        as_alice.get("/c/")
    for row in rows:
        begin_reply(row)
    with CaptureQueriesContext(connection) as after:
        as_alice.get("/c/")
    assert len(after) == len(before)
    assert sum("conversations_reply" in query["sql"] for query in after) == 1
