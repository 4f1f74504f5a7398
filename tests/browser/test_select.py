"""Several conversations selected, and archived, deleted or exported."""

from __future__ import annotations

from zipfile import ZipFile

import pytest

from tests.browser.chat import Chat, Locator, Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.people import Person


@pytest.fixture
def chat(visit: Visit, person: Person) -> Chat:
    for number in range(5):
        person.say(f"Hello [[say: Yes.]] [[title: Talk About Number {number} Alone]]")
    return visit(person).open()


def title(number: int) -> str:
    return f"Talk About Number {number} Alone"


def box(chat: Chat, number: int) -> Locator:
    return chat.navigation.get_by_role("checkbox", name=title(number))


def begin(chat: Chat, person: Person) -> Locator:
    chat.page.get_by_text(person.username, exact=True).click()
    chat.page.get_by_role("button", name="Select conversations").click()
    expect(box(chat, 4)).to_be_focused()
    return chat.page.get_by_role("toolbar", name="Selected conversations")


def test_several_are_deleted_and_taken_back_at_once(chat: Chat, person: Person) -> None:
    bar = begin(chat, person)
    expect(bar.get_by_role("button", name="Delete selected")).to_be_disabled()
    box(chat, 4).check()
    chat.row(title(1)).click(modifiers=["Shift"])
    expect(bar.get_by_text("4 selected")).to_be_visible()
    box(chat, 3).uncheck()
    expect(bar.get_by_text("3 selected")).to_be_visible()
    bar.get_by_role("button", name="Delete selected").click()
    expect(chat.rows).to_have_text([title(3), title(0)])
    expect(bar).to_be_hidden()
    expect(chat.navigation.get_by_role("checkbox")).to_have_count(0)
    expect(chat.page.locator(".toast").get_by_text("3 conversations were deleted.")).to_be_visible()
    chat.page.get_by_role("button", name="Undo", exact=True).click()
    expect(chat.rows).to_have_text([title(number) for number in (4, 3, 2, 1, 0)])


def test_several_are_archived(chat: Chat, person: Person, visit: Visit) -> None:
    other = visit(person).open()
    bar = begin(chat, person)
    box(chat, 2).check()
    box(chat, 3).check()
    bar.get_by_role("button", name="Archive selected").click()
    for page in (chat, other):
        expect(page.rows).to_have_text([title(number) for number in (4, 1, 0)])
    chat.page.goto(f"{chat.url}/c/archived/")
    expect(chat.page.get_by_role("list", name="Conversations").get_by_role("link")).to_have_text([title(3), title(2)])


def test_several_are_exported(chat: Chat, person: Person) -> None:
    bar = begin(chat, person)
    box(chat, 2).check()
    box(chat, 0).check()
    bar.get_by_role("button", name="Export selected").click()
    dialog = chat.page.get_by_role("dialog", name="Export conversations")
    with chat.page.expect_download() as download:
        dialog.get_by_role("button", name="Markdown").click()
    with ZipFile(download.value.path()) as file:
        assert sorted(file.namelist()) == [f"{title(0)}.md", f"{title(2)}.md"]
    expect(dialog).to_be_hidden()
    expect(bar).to_be_hidden()


def test_it_is_all_done_with_keys(chat: Chat, person: Person) -> None:
    press = chat.page.keyboard.press
    bar = begin(chat, person)
    press("Space")
    press("Shift+ArrowDown")
    press("ArrowDown")
    expect(box(chat, 2)).to_be_focused()
    expect(bar.get_by_text("2 selected")).to_be_visible()
    press("Escape")
    expect(bar).to_be_hidden()
    expect(chat.page.locator("summary", has_text=person.username)).to_be_focused()
    chat.row(title(4)).click()
    expect(chat.heading).to_have_text(title(4))


def test_a_list_that_is_read_again_lets_go_of_no_key(visit: Visit, person: Person) -> None:
    person.has_talked(3)
    put_away = person.say("Hello").conversation
    person.post(f"/c/{put_away}/archive/", {"on": "true"})
    chat = visit(person).open()
    chat.page.get_by_text(person.username, exact=True).click()
    chat.page.get_by_role("button", name="Select conversations").click()
    expect(chat.navigation.get_by_role("checkbox").first).to_be_focused()
    chat.page.keyboard.down("Space")
    # Whoever reads it again puts the title right.
    chat.rows.last.evaluate("row => (row.textContent = 'Not read again')")
    person.post(f"/c/{put_away}/delete/")
    expect(chat.rows.last).not_to_have_text("Not read again")
    chat.page.keyboard.up("Space")
    expect(chat.navigation.get_by_role("checkbox").first).to_be_checked()


def test_rows_that_come_while_one_selects_have_boxes_too(visit: Visit, person: Person) -> None:
    person.has_talked(60)
    chat = visit(person).open()
    chat.page.get_by_text(person.username, exact=True).click()
    chat.page.get_by_role("button", name="Select conversations").click()
    expect(chat.navigation.get_by_role("checkbox")).to_have_count(50)
    chat.navigation.get_by_role("checkbox").last.scroll_into_view_if_needed()
    expect(chat.navigation.get_by_role("checkbox")).to_have_count(60)


def test_on_a_phone_a_tap_selects(chat: Chat, visit: Visit, person: Person) -> None:
    phone = visit(person, **PHONE).open()
    phone.page.get_by_role("button", name="Open conversations").tap()
    bar = begin(phone, person)
    phone.row(title(3)).tap()
    expect(box(phone, 3)).to_be_checked()
    for button in bar.get_by_role("button").all():
        place = button.bounding_box()
        assert place
        assert round(min(place["width"], place["height"])) >= 44
    bar.get_by_role("button", name="Delete selected").tap()
    expect(phone.rows).to_have_count(4)
