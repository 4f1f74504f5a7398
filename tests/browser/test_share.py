"""Sharing a conversation by a link."""

from __future__ import annotations

import pytest

from tests.browser.chat import Chat, Locator, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.browser.test_accessibility import Look, here, nothing_wrong, show_sidebar

__all__ = ["here", "nothing_wrong"]

TITLE = "Baking Bread on Short Notice"
CODE = "Like this: [[say: ```python\nprint(1)\n```\nand that is **all**.]]"


@pytest.fixture
def talk(person: Person) -> str:
    return person.say(f"{CODE} [[title: {TITLE}]]").conversation


def open_dialog(chat: Chat) -> Locator:
    chat.options(TITLE).get_by_role("menuitem", name="Share", exact=True).click()
    dialog = chat.page.get_by_role("dialog", name="Share conversation")
    expect(dialog).to_be_visible()
    return dialog


def test_a_link_is_made_read_and_withdrawn(visit: Visit, person: Person, talk: str, guard: Guard) -> None:
    guard.expect("status of 404")
    chat, stranger = visit(person).open(talk), visit()
    dialog = open_dialog(chat)
    dialog.get_by_role("button", name="Create link").click()
    link = dialog.get_by_role("textbox", name="Link")
    expect(link).to_be_visible()
    expect(dialog.get_by_role("button", name="Copy")).to_be_focused()
    url = link.input_value()
    stranger.page.goto(url)
    expect(stranger.page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(stranger.log.get_by_role("article")).to_have_count(2)
    expect(stranger.log).to_contain_text("and that is all.")
    expect(stranger.log.get_by_role("button")).to_have_count(0)
    assert person.username not in stranger.page.content()
    dialog.get_by_role("button", name="Close").click()
    chat.ask("And a secret [[say: Yes.]]")
    stranger.page.reload()
    expect(stranger.log.get_by_role("article")).to_have_count(2)
    dialog = open_dialog(chat)
    dialog.get_by_role("button", name="Include what was said since").click()
    expect(dialog.get_by_role("button", name="Include what was said since")).to_be_hidden()
    assert link.input_value() == url
    stranger.page.reload()
    expect(stranger.log.get_by_role("article")).to_have_count(4)
    dialog.get_by_role("button", name="Stop sharing").click()
    expect(dialog.get_by_role("button", name="Create link")).to_be_focused()
    stranger.page.reload()
    expect(stranger.page.get_by_role("heading", name=TITLE)).to_have_count(0)
    chat.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(chat.navigation.get_by_role("button", name=f"Conversation options: {TITLE}")).to_be_focused()


def test_the_link_is_copied(visit: Visit, person: Person, talk: str) -> None:
    chat = visit(person, permissions=["clipboard-read", "clipboard-write"]).open(talk)
    dialog = open_dialog(chat)
    dialog.get_by_role("button", name="Create link").click()
    dialog.get_by_role("button", name="Copy").click()
    expect(chat.page.get_by_role("status").filter(has_text="Copied.")).to_have_count(1)
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    assert copied == dialog.get_by_role("textbox", name="Link").input_value()


def test_it_says_why_it_cannot_be_shared(visit: Visit, person: Person, talk: str, guard: Guard) -> None:
    guard.expect("status of 404")
    chat = visit(person).open(talk)
    dialog = open_dialog(chat)
    person.post(f"/c/{talk}/delete/", {})
    dialog.get_by_role("button", name="Create link").click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    expect(dialog.get_by_role("button", name="Create link")).to_be_enabled()


def test_nothing_stands_in_the_way_of_a_reader(here: Chat, person: Person, talk: str, nothing_wrong: Look) -> None:
    here.open(talk)
    show_sidebar(here)
    dialog = open_dialog(here)
    nothing_wrong()
    dialog.get_by_role("button", name="Create link").click()
    url = dialog.get_by_role("textbox", name="Link").input_value()
    nothing_wrong()
    here.page.goto(f"{here.url}/c/{talk}/share/")
    nothing_wrong()
    here.page.goto(url)
    nothing_wrong()
