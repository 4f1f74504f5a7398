"""What was deleted can be taken back for ten seconds, on this page, the next one, and the others."""

from __future__ import annotations

import pytest

from tests.browser.chat import Chat, Locator, Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.guard import Guard
from tests.browser.people import People, Person

BREAD, CAKE = "Baking Bread on Short Notice", "Baking a Cake That Rises"


def toast(chat: Chat) -> Locator:
    return chat.page.locator(".toast")


def undo(chat: Chat) -> Locator:
    return chat.page.get_by_role("button", name="Undo", exact=True)


def delete(chat: Chat, title: str) -> None:
    chat.options(title).get_by_role("menuitem", name="Delete").click()
    expect(chat.row(title)).to_have_count(0)


@pytest.fixture
def bread(person: Person) -> str:
    return person.say(f"Bread? [[say: Yes.]] [[title: {BREAD}]]").conversation


@pytest.fixture
def cake(bread: str, person: Person) -> str:
    return person.say(f"Cake? [[say: Yes.]] [[title: {CAKE}]]").conversation


def test_another_conversation_comes_back_where_it_was(visit: Visit, person: Person, bread: str, cake: str) -> None:
    chat = visit(person).open(cake)
    chat.page.evaluate("globalThis.same = true")
    delete(chat, BREAD)
    expect(toast(chat)).to_contain_text(f"{BREAD} was deleted.")
    expect(chat.row(CAKE)).to_be_focused()
    undo(chat).click()
    expect(toast(chat)).to_have_count(0)
    expect(chat.rows).to_have_text([CAKE, BREAD])
    assert chat.page.evaluate("globalThis.same")
    chat.row(BREAD).click()
    expect(chat.replies).to_contain_text("Yes.")


def test_the_open_conversation_is_offered_on_the_page_one_comes_to(visit: Visit, person: Person, bread: str) -> None:
    chat = visit(person).open(bread)
    chat.options(BREAD).get_by_role("menuitem", name="Delete").click()
    expect(chat.page).to_have_url(f"{chat.url}/c/new/")
    expect(toast(chat)).to_contain_text(f"{BREAD} was deleted.")
    # It is said when its button leads back; before that it is a form, and its page stays.
    expect(chat.page.get_by_role("status")).to_contain_text("You can undo it.")
    undo(chat).click()
    expect(chat.page).to_have_url(f"{chat.url}/c/{bread}/")
    expect(chat.row(BREAD)).to_have_attribute("aria-current", "page")
    expect(toast(chat)).to_have_count(0)


def test_with_keys_alone_the_button_is_at_hand(visit: Visit, person: Person, bread: str, cake: str) -> None:
    chat = visit(person).open(cake)
    press = chat.page.keyboard.press
    chat.row(BREAD).focus()
    for key in ("Tab", "Enter"):
        press(key)
    expect(chat.menu).to_be_visible()
    for key in ("End", "Enter"):
        press(key)
    expect(undo(chat)).to_be_focused()
    press("Enter")
    expect(chat.row(BREAD)).to_be_visible()
    chat.row(BREAD).focus()
    for key in ("Tab", "Enter"):
        press(key)
    expect(chat.menu).to_be_visible()
    for key in ("End", "Enter"):
        press(key)
    expect(undo(chat)).to_be_focused()
    press("Escape")
    expect(undo(chat)).to_have_count(0)
    expect(chat.row(CAKE)).to_be_focused()


def test_after_ten_seconds_it_is_gone_for_good(visit: Visit, person: Person, bread: str, cake: str) -> None:
    chat = visit(person).open(cake)
    delete(chat, BREAD)
    undo(chat).focus()
    expect(chat.page.get_by_text("It cannot be undone any more.")).to_be_visible()
    expect(undo(chat)).to_have_count(0)
    chat.message.click()
    expect(toast(chat)).to_have_count(0)
    chat.reload()
    expect(chat.rows).to_have_text([CAKE])
    assert person.post(f"/c/{bread}/undo/").status_code == 404


@pytest.fixture(params=["tab", "device"])
def pages(request: pytest.FixtureRequest, visit: Visit, person: Person) -> tuple[Chat, Chat]:
    """Of one person: two tabs of one browser, or two devices."""
    chat = visit(person)
    return chat, Chat(chat.context.new_page(), chat.url) if request.param == "tab" else visit(person)


def test_the_other_pages_have_it_back_too(pages: tuple[Chat, Chat], bread: str, cake: str, guard: Guard) -> None:
    guard.expect("status of 404")
    chat, page = pages
    chat.open(cake)
    page.open(bread).message.fill("Half a thought")
    chat.page.bring_to_front()
    delete(chat, BREAD)
    expect(page.page.get_by_role("alert").filter(has_text="deleted in another tab")).to_be_visible()
    expect(page.row(BREAD)).to_have_count(0)
    undo(chat).click()
    page.page.bring_to_front()
    expect(page.send).to_be_enabled()
    expect(page.row(BREAD)).to_be_visible()
    expect(page.message).to_have_value("Half a thought")
    expect(page.rows).to_have_text([CAKE, BREAD])


def test_two_deleted_after_each_other_are_two_to_take_back(visit: Visit, person: Person, bread: str, cake: str) -> None:
    chat = visit(person).open()
    delete(chat, BREAD)
    delete(chat, CAKE)
    expect(undo(chat)).to_have_count(2)
    undo(chat).first.click()
    expect(chat.row(BREAD)).to_be_visible()
    expect(undo(chat)).to_have_count(1)
    undo(chat).click()
    expect(chat.row(CAKE)).to_be_visible()


def test_on_a_phone_it_works_from_the_drawer(visit: Visit, person: Person, bread: str) -> None:
    chat = visit(person, **PHONE).open()
    chat.page.get_by_role("button", name="Open conversations").click()
    delete(chat, BREAD)
    box = undo(chat).bounding_box()
    assert box
    assert round(box["height"]) >= 44
    undo(chat).click()
    expect(chat.row(BREAD)).to_be_visible()


def test_without_a_script_the_next_page_has_a_form(visit: Visit, person: Person, bread: str) -> None:
    person.http.post(f"/c/{bread}/delete/", headers=person.headers)
    plain = visit(person, java_script_enabled=False).open()
    expect(plain.row(BREAD)).to_have_count(0)
    undo(plain).click()
    expect(plain.row(BREAD)).to_be_visible()
    expect(plain.page.get_by_text("was deleted.")).to_have_count(0)


def test_somebody_else_sees_nothing_of_it(visit: Visit, people: People, person: Person, bread: str) -> None:
    person.post(f"/c/{bread}/delete/")
    expect(undo(visit(person).open())).to_be_visible()
    expect(undo(visit(people.somebody()).open())).to_have_count(0)
