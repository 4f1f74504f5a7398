"""A page may tell that a reply is done while nobody looks: asked once, and off until then."""

from __future__ import annotations

import pytest

from tests.browser.chat import Chat, Locator, expect
from tests.browser.people import Person

TITLE = "Baking Bread on Short Notice"
# The browser of the tests refuses them all: what would be shown is written down.
STAND_IN = """
    globalThis.notices = [];
    globalThis.Notification = class extends EventTarget {
        static permission = "default";
        static requestPermission = async () => (Notification.permission = globalThis.answer ?? "granted");
        constructor(title, options) { super(); title && notices.push({title, ...options}); }
        close() {}
    };
"""


@pytest.fixture
def told(chat: Chat) -> Chat:
    """A page whose browser can notify."""
    chat.page.add_init_script(STAND_IN)
    return chat.open()


def question(chat: Chat) -> Locator:
    return chat.page.get_by_role("group", name="Tell me when a reply is done")


def ask_and_look_away(chat: Chat, number: int = 1) -> None:
    chat.look_away()
    chat.message.fill(f"Bread? [[title: {TITLE}]] [[say: Yes.]]")
    chat.message.press("Enter")
    expect(chat.replies).to_have_count(number)
    chat.answered()


def test_it_is_asked_once_and_on_the_readers_return(told: Chat) -> None:
    told.ask("Here I am")
    expect(question(told)).to_be_hidden()
    ask_and_look_away(told, 2)
    expect(question(told)).to_be_hidden()
    told.come_back()
    expect(question(told)).to_be_visible()
    question(told).get_by_role("button", name="No").click()
    expect(question(told)).to_be_hidden()
    ask_and_look_away(told, 3)
    told.come_back()
    expect(question(told)).to_be_hidden()
    assert told.page.evaluate("notices") == []


def test_who_wants_it_is_told_the_title_and_no_word_more(told: Chat) -> None:
    told.ask(f"Bread? [[title: {TITLE}]]")
    expect(told.heading).to_have_text(TITLE)
    ask_and_look_away(told, 2)
    told.come_back()
    question(told).get_by_role("button", name="Yes").click()
    expect(question(told)).to_be_hidden()
    ask_and_look_away(told, 3)
    told.page.wait_for_function("notices.length")
    assert told.page.evaluate("notices") == [{"title": TITLE, "body": "The reply is done.", "tag": told.id}]


def test_a_browser_that_refuses_is_explained(told: Chat) -> None:
    told.page.evaluate("globalThis.answer = 'denied'")
    ask_and_look_away(told)
    told.come_back()
    question(told).get_by_role("button", name="Yes").click()
    group = told.page.get_by_role("group", name="Your browser does not allow it")
    group.get_by_role("button", name="Close").click()
    expect(group).to_be_hidden()


def test_it_can_be_changed_in_the_menu(told: Chat, person: Person) -> None:
    menu = told.page.get_by_text(person.username, exact=True)
    menu.click()
    choice = told.page.get_by_role("switch", name="Notify me of replies")
    expect(choice).not_to_be_checked()
    choice.click()
    expect(choice).to_be_checked()
    told.reload()
    told.page.evaluate("Notification.permission = 'granted'")
    ask_and_look_away(told)
    assert len(told.page.evaluate("notices")) == 1
    told.come_back()
    expect(question(told)).to_be_hidden()
