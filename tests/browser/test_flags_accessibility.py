"""axe finds nothing to complain about where conversations are put in order."""

from __future__ import annotations

import pytest

from tests.browser.chat import Chat, expect
from tests.browser.people import Person
from tests.browser.test_accessibility import Look, here, nothing_wrong, show_sidebar

__all__ = ["here", "nothing_wrong"]

TITLE, OTHER = "Baking Bread on Short Notice", "Baking a Cake That Rises"


@pytest.fixture
def talks(person: Person) -> list[str]:
    ids = [person.say(f"Hello [[say: Yes.]] [[title: {title}]]").conversation for title in (TITLE, OTHER)]
    person.post(f"/c/{ids[0]}/pin/", {"on": "true"})
    person.post(f"/c/{ids[0]}/tags/", {"tags": "kitchen, slow food"})
    return ids


def test_what_can_be_taken_back_and_what_is_selected(
    here: Chat, person: Person, talks: list[str], nothing_wrong: Look
) -> None:
    here.open(talks[0])
    show_sidebar(here)
    here.options(OTHER).get_by_role("menuitem", name="Delete").click()
    expect(here.page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
    nothing_wrong()
    here.page.get_by_text(person.username, exact=True).click()
    here.page.get_by_role("button", name="Select conversations").click()
    expect(here.navigation.get_by_role("checkbox").first).to_be_focused()
    here.page.keyboard.press("Space")
    nothing_wrong()
    here.page.get_by_role("button", name="Export selected").click()
    expect(here.page.get_by_role("dialog")).to_be_visible()
    nothing_wrong()


def test_a_title_edited_in_its_row(here: Chat, talks: list[str], nothing_wrong: Look) -> None:
    here.open(talks[0])
    show_sidebar(here)
    here.row(TITLE).focus()
    here.page.keyboard.press("F2")
    expect(here.navigation.get_by_role("textbox", name="Title")).to_be_focused()
    nothing_wrong()


def test_what_is_archived_and_tagged(here: Chat, person: Person, talks: list[str], nothing_wrong: Look) -> None:
    person.post(f"/c/{talks[0]}/archive/", {"on": "true"})
    for url in (f"/c/{talks[0]}/", "/c/archived/", "/c/?tag=kitchen", "/c/?tag=nothing"):
        here.page.goto(here.url + url)
        nothing_wrong()


def test_choosing_a_model_and_how_it_answers(here: Chat, nothing_wrong: Look) -> None:
    here.open()
    here.page.get_by_role("button", name="Model:").click()
    expect(here.page.locator(".picker-option").first).to_be_visible()
    nothing_wrong()
    here.page.keyboard.press("Escape")
    here.page.get_by_role("button", name="Settings of this chat").click()
    expect(here.page.get_by_label("Temperature")).to_be_visible()
    nothing_wrong()
