"""Pinned, archived, tags and new titles, on this page and on the others."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.browser.test_sidebar import group

BREAD, CAKE, ROLLS = "Baking Bread on Short Notice", "Baking a Cake That Rises", "Rolls for a Long Breakfast"


@pytest.fixture
def talks(person: Person) -> dict[str, str]:
    return {title: person.say(f"Hello [[say: Yes.]] [[title: {title}]]").conversation for title in (BREAD, CAKE, ROLLS)}


@pytest.fixture
def pages(visit: Visit, person: Person, talks: dict[str, str]) -> list[Chat]:
    """Where it is done, another tab of the same browser, and another device."""
    chat = visit(person).open(talks[ROLLS])
    return [chat, Chat(chat.context.new_page(), chat.url).open(talks[BREAD]), visit(person).open(talks[BREAD])]


def choose(chat: Chat, title: str, act: str) -> None:
    chat.page.bring_to_front()
    chat.options(title).get_by_role("menuitem", name=act, exact=True).click()


def test_a_pinned_conversation_stays_on_top_everywhere(pages: list[Chat], talks: dict[str, str]) -> None:
    choose(pages[0], BREAD, "Pin")
    for chat in pages:
        chat.page.bring_to_front()
        expect(chat.navigation.get_by_role("heading").first).to_have_text("Pinned")
        assert group(chat, "Pinned") == [BREAD]
        assert group(chat, "Today") == [ROLLS, CAKE]
    pages[0].ask("And again [[say: Yes.]]")
    assert group(pages[0], "Pinned") == [BREAD]
    pages[0].open(talks[BREAD]).ask("And again [[say: Yes.]]")
    assert group(pages[0], "Pinned") == [BREAD]
    choose(pages[0], BREAD, "Unpin")
    for chat in pages:
        chat.page.bring_to_front()
        expect(chat.navigation.get_by_role("heading", name="Pinned")).to_have_count(0)
        expect(chat.rows).to_have_text([BREAD, ROLLS, CAKE])


def test_an_old_one_that_is_pinned_and_unpinned_finds_its_place(chat: Chat, person: Person) -> None:
    person.has_talked(120)
    old = person.say(f"Hello [[say: Yes.]] [[title: {BREAD}]]").conversation
    # Between two of those, which are nine hours apart.
    person.last_spoke(old, hours=9 * 70 + 4)
    chat.reload()
    expect(chat.rows).to_have_count(50)
    chat.rows.last.scroll_into_view_if_needed()
    expect(chat.rows).to_have_count(100)
    choose(chat, BREAD, "Pin")
    expect(chat.rows.first).to_have_text(BREAD)
    expect(chat.row(BREAD)).to_have_count(1)
    chat.reload()
    expect(chat.rows.first).to_have_text(BREAD)
    choose(chat, BREAD, "Unpin")
    expect(chat.rows.first).to_have_text("Talk 000")
    for count in (100, 121):
        chat.rows.last.scroll_into_view_if_needed()
        expect(chat.rows).to_have_count(count)
    assert chat.rows.all_inner_texts()[69:73] == ["Talk 069", "Talk 070", BREAD, "Talk 071"]


def test_an_archived_conversation_is_away_and_says_so(pages: list[Chat]) -> None:
    choose(pages[0], BREAD, "Archive")
    expect(pages[0].row(CAKE)).to_be_focused()
    for chat in pages:
        chat.page.bring_to_front()
        expect(chat.row(BREAD)).to_have_count(0)
    for chat in pages[1:]:
        chat.page.bring_to_front()
        expect(chat.page.get_by_text("This conversation is archived.")).to_be_visible()
        expect(chat.page.get_by_role("button", name="Unarchive")).to_be_visible()
    chat = pages[1]
    chat.page.bring_to_front()
    chat.ask("Still here? [[say: Sure.]]")
    expect(chat.row(BREAD)).to_have_count(0)
    chat.page.get_by_role("button", name="Unarchive").click()
    expect(chat.page.get_by_text("This conversation is archived.")).to_be_hidden()
    for other in pages:
        other.page.bring_to_front()
        expect(other.rows).to_have_text([BREAD, ROLLS, CAKE])


def test_the_archive_is_a_list_one_finds_in_the_account_menu(chat: Chat, person: Person, talks: dict[str, str]) -> None:
    person.post(f"/c/{talks[BREAD]}/archive/", {"on": "true"})
    chat.reload()
    chat.page.get_by_text(person.username, exact=True).click()
    chat.page.get_by_role("link", name="Archived conversations").click()
    expect(chat.page.get_by_role("link", name=BREAD)).to_be_visible()
    chat.page.get_by_role("button", name=f"Unarchive {BREAD}").click()
    expect(chat.page.get_by_text("Nothing is archived.")).to_be_visible()
    chat.page.get_by_role("link", name="Your conversations").click()
    expect(chat.row(BREAD)).to_be_visible()


def test_tags_are_given_shown_and_followed(pages: list[Chat], talks: dict[str, str]) -> None:
    chat = pages[0].open(talks[BREAD])
    choose(chat, BREAD, "Tags…")
    field = chat.page.get_by_role("textbox", name="Tags of this conversation")
    expect(field).to_be_focused()
    field.fill(" kitchen, Slow  food,KITCHEN, <b>bold</b>")
    field.press("Enter")
    expect(field).to_be_hidden()
    for page in pages:
        page.page.bring_to_front()
        tags = page.page.get_by_role("list", name="Tags")
        expect(tags.get_by_role("link")).to_have_text(["kitchen", "Slow food", "<b>bold</b>"])
    chat.page.bring_to_front()
    choose(chat, BREAD, "Tags…")
    expect(field).to_have_value("kitchen, Slow food, <b>bold</b>")
    field.press("Escape")
    chat.page.get_by_role("link", name="Slow food").click()
    expect(chat.page.get_by_role("heading", name="Tagged Slow food")).to_be_visible()
    expect(chat.page.get_by_role("list", name="Conversations").get_by_role("link")).to_have_text([BREAD])


def test_what_is_wrong_with_tags_is_said_beside_them(pages: list[Chat], guard: Guard) -> None:
    guard.expect("status of 400")
    chat = pages[0]
    choose(chat, BREAD, "Tags…")
    field = chat.page.get_by_role("textbox", name="Tags of this conversation")
    field.fill("x" * 41)
    field.press("Enter")
    alert = chat.page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_have_text("A tag may have at most 40 characters.")
    field.fill("x")
    field.press("Enter")
    expect(field).to_be_hidden()


def test_a_new_title_is_seen_everywhere(pages: list[Chat], person: Person, talks: dict[str, str]) -> None:
    person.post(f"/c/{talks[BREAD]}/rename/", {"title": "By myself"})
    for chat in pages:
        chat.reload()
    choose(pages[0], "By myself", "New title")
    for chat in pages:
        chat.page.bring_to_front()
        expect(chat.row(BREAD)).to_be_visible()
    expect(pages[1].heading).to_have_text(BREAD)


def test_a_model_that_has_no_title_is_said(chat: Chat, guard: Guard) -> None:
    guard.expect("status of 503")
    chat.ask("sourdough starter rescue tips [[title fail]]")
    expect(chat.heading).to_contain_text("starter rescue")
    title = chat.heading.inner_text()
    choose(chat, title, "New title")
    expect(chat.page.locator(".toast").get_by_text("The model did not give a title just now.")).to_be_visible()
    expect(chat.row(title)).to_be_visible()


def test_a_title_is_edited_in_the_row(pages: list[Chat]) -> None:
    chat = pages[0]
    chat.page.bring_to_front()
    field = chat.navigation.get_by_role("textbox", name="Title")
    chat.row(BREAD).focus()
    chat.page.keyboard.press("F2")
    expect(field).to_be_focused()
    expect(field).to_have_value(BREAD)
    chat.page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(chat.row(BREAD)).to_be_focused()
    chat.page.keyboard.press("F2")
    field.fill("Bread")
    field.press("Enter")
    expect(chat.row("Bread")).to_be_focused()
    for other in pages[1:]:
        other.page.bring_to_front()
        expect(other.row("Bread")).to_be_visible()
        expect(other.heading).to_have_text("Bread")
    chat.page.bring_to_front()
    chat.row("Bread").focus()
    chat.page.keyboard.press("F2")
    field.fill("Left by a click elsewhere")
    chat.message.click()
    expect(chat.row("Left by a click elsewhere")).to_be_visible()


def test_a_title_is_typed_on_while_its_row_moves(pages: list[Chat], person: Person, talks: dict[str, str]) -> None:
    chat = pages[0]
    chat.page.bring_to_front()
    field = chat.navigation.get_by_role("textbox", name="Title")
    chat.row(BREAD).focus()
    chat.page.keyboard.press("F2")
    expect(field).to_be_focused()
    chat.page.keyboard.type("Half typ")
    person.say("Rolls? [[say: Later.]]", conversation=talks[BREAD])
    last = chat.navigation.get_by_role("listitem").last
    expect(last.get_by_role("link", name=CAKE)).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("Half typ")
    chat.page.keyboard.type("ed")
    choose(pages[2], CAKE, "Pin")
    chat.page.bring_to_front()
    expect(chat.navigation.get_by_role("listitem").first.get_by_role("link", name=CAKE)).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("Half typed")
    expect(pages[2].row(BREAD)).to_be_visible()
    field.press("Enter")
    for each in (chat, pages[2]):
        expect(each.row("Half typed")).to_be_visible()


def test_a_double_click_edits_and_a_click_opens(visit: Visit, person: Person, talks: dict[str, str]) -> None:
    chat = visit(person).open(talks[ROLLS])
    field = chat.navigation.get_by_role("textbox", name="Title")
    # However long this machine takes for the second click, it comes soon, and before the page that the first one opens.
    chat.page.clock.set_fixed_time(datetime.now(UTC))
    chat.page.route(f"**/c/{talks[BREAD]}/", lambda _: None)
    for title in (ROLLS, BREAD):
        chat.row(title).dblclick()
        expect(field).to_have_value(title)
        field.press("Escape")
    chat.row(CAKE).click()
    expect(chat.page).to_have_url(re.compile(talks[CAKE]))
    expect(chat.replies).to_have_count(1)
    expect(field).to_have_count(0)


def test_a_title_that_is_refused_stays_to_be_mended(pages: list[Chat], guard: Guard) -> None:
    guard.expect("status of 400")
    chat = pages[0]
    chat.page.bring_to_front()
    chat.row(BREAD).focus()
    chat.page.keyboard.press("F2")
    field = chat.navigation.get_by_role("textbox", name="Title")
    field.fill("  ")
    field.press("Enter")
    expect(chat.navigation.get_by_role("alert")).to_have_text("A title needs at least one character.")
    field.fill("Bread")
    field.press("Enter")
    expect(chat.row("Bread")).to_be_visible()
