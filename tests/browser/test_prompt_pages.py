"""The page that keeps the user's own prompts, and what nobody should be able to do to it or to the list."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.chat import Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.browser.test_accessibility import complaints
from tests.browser.test_phone import SMALL
from tests.browser.test_prompts import LIBRARY, keep, options, owner

__all__ = ["owner"]

MARKUP = "<img src=x onerror=hacked=1>\"'{{ 7*7 }}\u202e"


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_nothing_is_wrong_with_list_and_pages(owner: Person, visit: Visit, screen: dict[str, Any]) -> None:
    chat = visit(owner, **screen, reduced_motion="reduce").open()

    def look() -> None:
        chat.page.emulate_media(color_scheme="light")
        assert complaints(chat) == []
        chat.page.emulate_media(color_scheme="dark")
        assert complaints(chat, runOnly=["color-contrast"]) == []
        if screen:
            assert chat.page.evaluate(SMALL) == []

    chat.message.press_sequentially("/t")
    expect(options(chat)).to_have_count(2)
    look()
    chat.page.goto(f"{chat.url}{LIBRARY}")
    look()
    chat.page.get_by_role("button", name="Delete /tidy").click()
    expect(chat.page.get_by_role("status")).to_contain_text("/tidy is deleted.")
    look()
    chat.page.get_by_role("link", name=re.compile("translate")).click()
    expect(chat.page.get_by_role("heading", name="Edit prompt")).to_be_visible()
    look()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_they_are_kept_on_a_page_of_their_own(person: Person, visit: Visit, guard: Guard, scripts: bool) -> None:
    guard.expect("status of 400")
    chat = visit(person, java_script_enabled=scripts)
    page = chat.page
    page.goto(f"{chat.url}/settings/")
    page.get_by_role("link", name="Your prompts").click()
    page.get_by_label("Command").fill("two words")
    page.get_by_label("Text").fill("A text\nof two lines")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("Command")).to_have_accessible_description(re.compile("no spaces"))
    expect(page.get_by_label("Text")).to_have_value("A text\nof two lines")
    page.get_by_label("Command").fill("/mine")
    page.get_by_role("button", name="Add", exact=True).click()
    rows = page.get_by_role("list", name="Prompts").get_by_role("listitem")
    expect(rows).to_contain_text(["/mine"])
    rows.get_by_role("link").click()
    expect(page.get_by_label("Text")).to_have_value("A text\nof two lines")
    page.get_by_label("Command").fill("yours")
    page.get_by_role("button", name="Save").click()
    expect(rows).to_contain_text(["/yours"])
    page.get_by_role("button", name="Delete /yours").click()
    expect(rows).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(rows).to_contain_text(["/yours"])
    rows.get_by_role("link").click()
    expect(page.get_by_label("Text")).to_have_value("A text\nof two lines")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_what_was_typed_for_a_deleted_one_can_be_added(
    person: Person, visit: Visit, guard: Guard, scripts: bool
) -> None:
    guard.expect("status of 404")
    keep(person, "mine", "A text")
    page = visit(person, java_script_enabled=scripts).page
    page.goto(f"{person.site.url}{LIBRARY}")
    rows = page.get_by_role("list", name="Prompts").get_by_role("listitem")
    rows.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Edit prompt")).to_be_visible()
    address = page.url.removeprefix(person.site.url)
    page.get_by_label("Text").fill("A much longer text")
    assert person.post(f"{address}delete/").status_code == 204
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="deleted meanwhile")).to_be_visible()
    expect(page.get_by_label("Command")).to_have_value("mine")
    expect(page.get_by_label("Text")).to_have_value("A much longer text")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(rows).to_contain_text(["A much longer text"])


def test_hostile_prompts_are_text(person: Person, visit: Visit) -> None:
    keep(person, "ש" * 40, MARKUP + "x" * 10_000)
    keep(person, "a" * 40, "\u202e" + "\n" * 5_000 + MARKUP)
    keep(person, "zalgo" + "\u0301" * 30, "👩‍👩‍👧‍👦" * 2_000)
    for screen in ({}, PHONE):
        chat = visit(person, **screen).open()
        chat.message.press_sequentially("/")
        expect(options(chat)).to_have_count(3)
        assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert complaints(chat) == []
        options(chat).filter(has_text="ששש").click()
        expect(chat.message).to_have_value(MARKUP + "x" * 10_000)
        chat.page.goto(f"{chat.url}{LIBRARY}")
        expect(chat.page.get_by_role("list", name="Prompts").get_by_role("listitem")).to_have_count(3)
        assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert complaints(chat) == []
        assert chat.page.evaluate("typeof hacked") == "undefined"
