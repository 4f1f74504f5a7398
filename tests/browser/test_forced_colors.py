"""Where the reader's few colors replace ours, as in Windows' high contrast, no surface alone tells anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.chat import Chat, Locator, Visit, expect
from tests.browser.people import Person
from tests.browser.test_notices import STAND_IN

CODE = "Like this: [[say: ```python\nprint(1)\n```]]"


@pytest.fixture
def chat(visit: Visit, person: Person) -> Chat:
    person.post("/settings/prompts/", {"command": "summary", "text": "Sum this up:"})
    person.post("/settings/prompts/", {"command": "tidy", "text": "Tidy this up:"})
    conversation = person.say(CODE).conversation
    chat = visit(person, forced_colors="active")
    chat.page.add_init_script(STAND_IN)
    chat.open(conversation)
    expect(chat.replies).to_have_count(1)
    return chat


def is_seen(chat: Chat, where: Locator, change: Callable[[], object]) -> bool:
    # The pointer would leave a surface of its own.
    chat.page.mouse.move(0, 0)
    before = where.screenshot()
    change()
    chat.page.mouse.move(0, 0)
    return where.screenshot() != before


def test_who_writes_sees_where(chat: Chat) -> None:
    card = chat.page.locator(".composer-card")
    # The page does this by itself, when its script has run.
    expect(chat.message).to_be_focused()
    expect(card).to_have_css("outline-style", "solid")
    chat.questions.get_by_role("button", name="Edit message").focus()
    expect(card).to_have_css("outline-style", "none")
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator(".editor")).to_have_css("outline-style", "solid")


def test_the_chosen_theme_and_a_switch_that_is_on_are_seen(chat: Chat, person: Person) -> None:
    chat.page.get_by_text(person.username, exact=True).click()
    theme = chat.page.get_by_role("radiogroup", name="Theme")
    theme.get_by_role("radio", name="Dark").check()
    chat.page.get_by_role("link", name="Settings").focus()
    # Whatever the theme, the colors are the reader's.
    assert is_seen(chat, theme, lambda: theme.get_by_role("radio", name="Light").evaluate("radio => radio.click()"))
    switch = chat.page.get_by_role("switch", name="Notify me of replies")
    assert is_seen(chat, switch, lambda: switch.evaluate("box => (box.checked = !box.checked)"))


def test_the_open_conversation_is_no_mere_unread_one(chat: Chat) -> None:
    link = chat.rows.first
    expect(link).to_have_attribute("aria-current", "page")
    mark = "link => link.removeAttribute('aria-current') ?? (link.style.fontWeight = 550)"
    assert is_seen(chat, link, lambda: link.evaluate(mark))


def test_the_prompt_that_enter_takes_is_seen(chat: Chat) -> None:
    chat.message.press("/")
    options = chat.page.get_by_role("listbox", name="Your prompts").get_by_role("option")
    expect(options).to_have_count(2)
    assert is_seen(chat, options.first, lambda: chat.message.press("ArrowDown"))


def test_the_icon_that_copies_code_is_seen(chat: Chat) -> None:
    button = chat.replies.locator(".code-copy")
    without = "button => (button.style.maskImage = 'linear-gradient(#0000)')"
    assert is_seen(chat, button, lambda: button.evaluate(without))
