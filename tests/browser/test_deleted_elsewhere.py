"""A conversation that is deleted on another page: what is typed here, and what the list shows."""

from __future__ import annotations

from tests.browser.chat import Chat, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.browser.test_tabs import TITLE, device, other, tab, talk

__all__ = ["device", "other", "tab", "talk"]


def delete(chat: Chat) -> None:
    chat.page.bring_to_front()
    chat.options(TITLE).get_by_role("menuitem", name="Delete").click()
    expect(chat.row(TITLE)).to_have_count(0)


def begin_a_new_one(chat: Chat, text: str) -> None:
    """Typed in another page of this browser, and not sent."""
    new = Chat(chat.context.new_page(), chat.url).open()
    new.message.fill(text)
    new.page.close()
    chat.page.bring_to_front()


def test_a_conversation_deleted_elsewhere_says_so_and_the_text_goes_to_a_new_one(
    talk: Chat, other: Chat, guard: Guard
) -> None:
    guard.expect("status of 404")
    other.message.fill("Half a thought")
    delete(talk)
    alert = other.page.get_by_role("alert").filter(has_text="deleted in another tab or on another device")
    expect(alert).to_contain_text("Your text is kept.")
    expect(other.row(TITLE)).to_have_count(0)
    expect(other.send).to_be_disabled()
    other.message.press("Enter")
    expect(other.questions).to_have_count(1)
    alert.get_by_role("link").click()
    expect(other.page).to_have_url(f"{other.url}/c/new/")
    expect(other.message).to_have_value("Half a thought")
    expect(other.send).to_be_enabled()


def test_what_was_begun_in_a_new_one_stays_beside_the_text_of_a_deleted_one(
    talk: Chat, other: Chat, guard: Guard
) -> None:
    guard.expect("status of 404")
    begin_a_new_one(other, "Begun before")
    other.message.fill("Half a thought")
    delete(talk)
    alert = other.page.get_by_role("alert").filter(has_text="deleted in another tab or on another device")
    expect(alert).to_contain_text("Your text is kept.")
    other.message.press("Control+End")
    other.message.press_sequentially(" and more")
    alert.get_by_role("link").click()
    expect(other.page).to_have_url(f"{other.url}/c/new/")
    expect(other.message).to_have_value("Begun before\n\nHalf a thought and more")


def test_a_new_draft_is_left_alone_where_nothing_was_typed_in_a_deleted_one(
    talk: Chat, other: Chat, guard: Guard
) -> None:
    guard.expect("status of 404")
    begin_a_new_one(other, "Begun before")
    delete(talk)
    alert = other.page.get_by_role("alert").filter(has_text="deleted in another tab or on another device")
    expect(alert).to_be_visible()
    expect(other.message).to_have_value("")
    alert.get_by_role("link").click()
    expect(other.message).to_have_value("Begun before")


def test_a_conversation_that_is_not_open_goes_from_the_list_when_it_is_deleted(
    talk: Chat, visit: Visit, person: Person, guard: Guard
) -> None:
    # The page of the conversation may be asking for what is new in it.
    guard.expect("status of 404")
    others = [Chat(talk.context.new_page(), talk.url).open(), visit(person).open()]
    for page in others:
        expect(page.row(TITLE)).to_be_visible()
    delete(talk)
    for page in others:
        expect(page.row(TITLE)).to_have_count(0)
