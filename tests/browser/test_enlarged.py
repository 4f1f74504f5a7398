"""Where little fits on the screen, enlarged four times or on a phone held sideways, everything can still be reached."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.people import Person
from tests.browser.test_accessibility import show_sidebar

TITLE = "Baking Bread on Short Notice"
SMALL: dict[str, dict[str, Any]] = {
    "enlarged": {"viewport": {"width": 320, "height": 256}},
    "sideways": PHONE | {"viewport": {"width": 844, "height": 390}},
}
PAGES = ("c/new", "c/archived", "search", "settings", "settings/presets", "settings/prompts", "settings/account")


@pytest.fixture(params=SMALL)
def small(request: pytest.FixtureRequest, visit: Visit, person: Person) -> Chat:
    person.has_talked(20)
    chat = visit(person, **SMALL[request.param]).open(person.say(f"Hello [[title: {TITLE}]]").conversation)
    show_sidebar(chat)
    return chat


def test_the_last_of_a_menu_can_be_chosen(small: Chat) -> None:
    small.options(TITLE).get_by_role("menuitem", name="Delete").click()
    expect(small.page.get_by_role("button", name="Undo", exact=True)).to_be_visible()


def test_the_first_and_the_last_of_the_account_can_be_chosen(small: Chat, person: Person) -> None:
    small.page.get_by_text(person.username, exact=True).click()
    small.page.get_by_role("radio", name="Dark").check()
    expect(small.page.locator("html")).to_have_attribute("data-theme", "dark")
    small.page.get_by_role("button", name="Log out").click()
    expect(small.page.get_by_role("heading", name="Welcome back")).to_be_visible()


def test_the_list_has_room(small: Chat) -> None:
    assert small.navigation.locator("[data-part=rows]").evaluate("rows => rows.clientHeight") > 100
    small.navigation.get_by_role("link", name="Talk 007").click(trial=True)


def test_what_is_done_with_the_selected_stands_in_one_row(small: Chat, person: Person) -> None:
    small.page.get_by_text(person.username, exact=True).click()
    small.page.get_by_role("button", name="Select conversations").click()
    small.navigation.get_by_role("checkbox", name="Talk 007").check()
    bar = small.page.get_by_role("toolbar", name="Selected conversations")
    expect(bar.get_by_text("1 selected")).to_be_visible()
    tops = bar.get_by_role("button").evaluate_all("buttons => buttons.map((button) => button.offsetTop)")
    assert len(set(tops)) == 1


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_page_is_wider_than_the_screen(visit: Visit, person: Person, language: str) -> None:
    chat = visit(person, **SMALL["enlarged"], locale=language)
    for path in PAGES:
        chat.page.goto(f"{chat.url}/{path}/")
        assert chat.page.evaluate("document.documentElement.scrollWidth") == 320, path
