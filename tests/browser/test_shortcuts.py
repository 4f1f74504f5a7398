"""Keys that do what buttons and links do, wherever the focus is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.model_answers import Answer
from tests.model_server import ModelServer

Begin = Callable[[Chat], None]


@pytest.fixture
def keys(chat: Chat) -> Chat:
    """A page with a reply."""
    chat.ask("Bread? [[title: Baking Bread on Short Notice]] [[say: **Yes.**]]")
    return chat


@pytest.fixture
def begin(model_server: ModelServer) -> Begin:
    """Has a page begin with a reply that ends only when it is stopped."""

    def begin(chat: Chat) -> None:
        model_server.script.append(Answer(text="word01 word02", ending="stall"))
        chat.say("Tell me some words")
        expect(chat.replies.last).to_contain_text("word01")

    return begin


def rest(chat: Chat) -> None:
    """Puts the focus where nothing is typed."""
    chat.page.get_by_role("group", name="Conversation", exact=True).focus()


def test_a_question_mark_shows_them_all(keys: Chat) -> None:
    dialog = keys.page.get_by_role("dialog", name="Keyboard shortcuts")
    keys.message.press("?")
    expect(keys.message).to_have_value("?")
    expect(dialog).to_be_hidden()
    keys.message.fill("")
    rest(keys)
    keys.page.keyboard.press("?")
    expect(dialog).to_be_visible()
    for name in ("New chat", "Search conversations", "Go to the message box", "Stop the reply", "Copy the last reply"):
        expect(dialog.get_by_text(name)).to_be_visible()
    keys.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(keys.page.get_by_role("group", name="Conversation", exact=True)).to_be_focused()


def test_where_they_cannot_be_loaded_it_is_said_and_they_work_afterwards(keys: Chat, guard: Guard) -> None:
    guard.expect("net::ERR_")
    keys.page.route("**/shortcuts.*.js", lambda route: route.abort())
    rest(keys)
    keys.page.keyboard.press("?")
    expect(keys.page.get_by_text("The site cannot be reached.")).to_be_visible()
    keys.page.unroute("**/shortcuts.*.js")
    keys.page.keyboard.press("?")
    expect(keys.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_they_are_in_the_account_menu(keys: Chat, person: Person) -> None:
    keys.page.get_by_text(person.username, exact=True).click()
    keys.page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog = keys.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(keys.page.locator(".account summary")).to_be_focused()


def test_on_a_mac_they_have_its_signs(visit: Visit, person: Person) -> None:
    chat = visit(person)
    chat.page.add_init_script("Object.defineProperty(navigator, 'platform', {value: 'MacIntel'})")
    chat.open()
    rest(chat)
    chat.page.keyboard.press("?")
    dialog = chat.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog.get_by_text("⌘").filter(visible=True).first).to_be_visible()
    expect(dialog.get_by_text("Ctrl", exact=True)).to_have_count(0)


@pytest.mark.parametrize(("options", "keys"), [({}, "Enter"), (PHONE, "Ctrl Enter")], ids=["desktop", "phone"])
def test_the_key_that_sends_is_the_one_of_this_device(
    visit: Visit, person: Person, options: dict[str, Any], keys: str
) -> None:
    chat = visit(person, **options).open()
    rest(chat)
    chat.page.keyboard.press("?")
    line = chat.page.get_by_role("dialog", name="Keyboard shortcuts").locator("dl > div", has_text="Send the message")
    expect(line.locator("kbd:visible")).to_have_text(keys.split())


@pytest.mark.parametrize("typing", [True, False], ids=["typing", "elsewhere"])
def test_a_new_chat(keys: Chat, typing: bool) -> None:
    keys.message.focus() if typing else rest(keys)
    keys.page.keyboard.press("Control+Shift+O")
    expect(keys.page).to_have_url(f"{keys.url}/c/new/")
    expect(keys.message).to_be_focused()


def test_searching(keys: Chat) -> None:
    keys.message.press("Control+k")
    expect(keys.page.get_by_role("searchbox", name="Search conversations")).to_be_focused()


def test_the_message_box(keys: Chat) -> None:
    keys.row("Baking Bread on Short Notice").focus()
    keys.page.keyboard.press("Shift+Escape")
    expect(keys.message).to_be_focused()


def test_escape_stops_the_reply(keys: Chat, begin: Begin) -> None:
    begin(keys)
    expect(keys.message).to_be_focused()
    keys.page.keyboard.press("Escape")
    expect(keys.answered().get_by_text("You stopped this reply.")).to_be_visible()
    expect(keys.message).to_be_focused()


def test_escape_first_closes_what_is_open(keys: Chat, person: Person, begin: Begin) -> None:
    begin(keys)
    title = "Baking Bread on Short Notice"
    keys.options(title)
    keys.page.keyboard.press("Escape")
    expect(keys.menu).to_be_hidden()
    keys.options(title).get_by_role("menuitem", name="Rename").click()
    keys.page.keyboard.press("Escape")
    expect(keys.page.get_by_role("dialog")).to_be_hidden()
    keys.page.get_by_text(person.username, exact=True).click()
    keys.page.keyboard.press("Escape")
    expect(keys.page.get_by_role("button", name="Log out")).to_be_hidden()
    expect(keys.stop).to_be_visible()
    keys.page.keyboard.press("Escape")
    expect(keys.answered().get_by_text("You stopped this reply.")).to_be_visible()


def test_escape_closes_the_drawer_first(visit: Visit, person: Person, begin: Begin) -> None:
    phone = visit(person, **PHONE).open()
    begin(phone)
    phone.page.get_by_role("button", name="Open conversations").tap()
    phone.page.keyboard.press("Escape")
    expect(phone.page.get_by_role("complementary", name="Sidebar")).to_be_hidden()
    expect(phone.stop).to_be_visible()


def test_the_last_reply_is_copied(keys: Chat) -> None:
    keys.context.grant_permissions(["clipboard-read", "clipboard-write"])
    keys.page.evaluate("navigator.clipboard.writeText('')")
    keys.page.keyboard.press("Control+Shift+C")
    expect(keys.page.get_by_role("status").filter(has_text="Copied.")).to_have_count(1)
    assert keys.page.evaluate("navigator.clipboard.readText()") == "**Yes.**"


def test_the_conversations_above_and_below(chat: Chat, person: Person) -> None:
    talks = [person.say(f"Number {n} [[title: Talk Number {n} of These]]").conversation for n in range(3)]
    chat.open(talks[1])
    for key, place in (("ArrowDown", 0), ("ArrowUp", 1), ("ArrowUp", 2)):
        chat.page.keyboard.press(f"Alt+{key}")
        expect(chat.page).to_have_url(f"{chat.url}/c/{talks[place]}/")
        chat.ready()
    chat.page.keyboard.press("Alt+ArrowUp")
    expect(chat.questions).to_contain_text("Number 2")
