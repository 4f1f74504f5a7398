"""The pages that keep presets, and a new chat that begins with one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.chat import Chat, Locator, Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.guard import Guard
from tests.browser.people import Person, in_site
from tests.browser.test_accessibility import complaints
from tests.browser.test_phone import SMALL

LIBRARY = "/settings/presets/"
MARKUP = "<img src=x onerror=hacked=1>\"'{{ 7*7 }}\u202e"
SCREENS = pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
OF_THE_SITE = """
from conversations.models import SitePreset
SitePreset.objects.get_or_create(name="House style", settings={"system_prompt": "Answer in the house style."})
print("null")
"""


def keep(person: Person, name: str, **fields: Any) -> None:
    answer = person.post(LIBRARY, {"name": name, **fields})
    assert answer.status_code == 204, answer.text


@pytest.fixture
def pirate(person: Person) -> Person:
    keep(
        person,
        "Pirate",
        model="google/gemma-2-9b-it",
        system_prompt="Answer like a pirate, always and everywhere. Never break character.",
        temperature=1.2,
        starters=["Where is the gold buried?", "Sing me a shanty about the sea and all that lives in it."],
        examples=[{"user": "Hello", "assistant": "Ahoy, matey!"}],
    )
    keep(person, "Translator", system_prompt="Translate what I write into English.")
    return person


def mine(chat: Chat) -> Locator:
    return chat.page.get_by_role("list", name="Your presets").get_by_role("listitem")


def look(chat: Chat, *, small: bool) -> None:
    chat.page.emulate_media(color_scheme="light")
    assert complaints(chat) == []
    chat.page.emulate_media(color_scheme="dark")
    assert complaints(chat, runOnly=["color-contrast"]) == []
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if small:
        assert chat.page.evaluate(SMALL) == []


@SCREENS
def test_nothing_is_wrong_with_the_pages(pirate: Person, visit: Visit, screen: dict[str, Any]) -> None:
    in_site(pirate.site, OF_THE_SITE)
    chat = visit(pirate, **screen, reduced_motion="reduce")
    chat.page.goto(f"{chat.url}{LIBRARY}")
    for part in chat.page.locator("summary").all():
        part.click()
    look(chat, small=bool(screen))
    chat.page.get_by_role("button", name="Delete Translator").click()
    expect(chat.page.get_by_role("status")).to_contain_text("Translator is deleted.")
    look(chat, small=bool(screen))
    chat.page.get_by_role("link", name=re.compile("^Pirate")).click()
    expect(chat.page.get_by_role("heading", name="Edit preset")).to_be_visible()
    look(chat, small=bool(screen))
    chat.page.goto(f"{chat.url}/c/new/")
    chat.page.get_by_role("link", name="Pirate").click()
    expect(chat.page.get_by_role("heading", name="Pirate")).to_be_visible()
    look(chat, small=bool(screen))
    chat.page.goto(f"{chat.url}/settings/")
    look(chat, small=bool(screen))


@SCREENS
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_one_is_added_changed_and_deleted(
    person: Person, visit: Visit, guard: Guard, screen: dict[str, Any], scripts: bool
) -> None:
    guard.expect("status of 400")
    chat = visit(person, **screen, java_script_enabled=scripts)
    page = chat.page
    page.goto(f"{chat.url}/settings/")
    page.get_by_role("link", name="Your presets").click()
    page.get_by_label("Name").fill("Pirate")
    page.get_by_label("System prompt").fill("Answer like a pirate.\nAlways.")
    page.get_by_text("How it answers").click()
    page.get_by_label("Temperature").fill("hot")
    page.get_by_text("Starter prompts", exact=True).click()
    page.get_by_label("Starter prompt 2").fill("Where is the gold?")
    page.get_by_text("Example turns").click()
    page.get_by_label("Example 1: the user").fill("Hello")
    page.get_by_label("Example 1: the model").fill("Ahoy!")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("Temperature")).to_have_accessible_description(re.compile("from 0 to 2"))
    if scripts:
        expect(page.get_by_label("Temperature")).to_be_focused()
    page.get_by_label("Temperature").fill("1,2")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(mine(chat)).to_contain_text(["Pirate"])
    mine(chat).get_by_role("link", name=re.compile("^Pirate")).click()
    expect(page.get_by_label("System prompt")).to_have_value("Answer like a pirate.\nAlways.")
    expect(page.get_by_label("Temperature")).to_have_value("1.2")
    expect(page.get_by_label("Starter prompt 1")).to_have_value("Where is the gold?")
    expect(page.get_by_label("Example 1: the model")).to_have_value("Ahoy!")
    page.get_by_label("Name").fill("Buccaneer")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Delete Buccaneer").click()
    expect(mine(chat)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    mine(chat).get_by_role("link", name=re.compile("^Buccaneer")).click()
    expect(page.get_by_label("Example 1: the user")).to_have_value("Hello")


def test_what_was_typed_for_a_deleted_one_can_be_added(pirate: Person, visit: Visit, guard: Guard) -> None:
    guard.expect("status of 404")
    chat = visit(pirate)
    page = chat.page
    page.goto(f"{chat.url}{LIBRARY}")
    mine(chat).get_by_role("link", name=re.compile("^Pirate")).click()
    address = page.url.removeprefix(chat.url)
    page.get_by_label("System prompt").fill("Answer like a captain.")
    assert pirate.post(f"{address}delete/").status_code == 204
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="deleted meanwhile")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Pirate")
    expect(page.get_by_label("System prompt")).to_have_value("Answer like a captain.")
    expect(page.get_by_label("Example 1: the model")).to_have_value("Ahoy, matey!")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(mine(chat)).to_contain_text(["Answer like a captain.", "Translator"])


def test_rows_are_added_until_there_are_enough(person: Person, visit: Visit) -> None:
    chat = visit(person)
    page = chat.page
    page.goto(f"{chat.url}{LIBRARY}")
    page.get_by_label("Name").fill("Many")
    page.get_by_text("Starter prompts", exact=True).click()
    button = page.get_by_role("button", name="Add a starter prompt")
    page.get_by_label("Starter prompt 2").fill("The second")
    for number in range(3, 7):
        button.click()
        expect(page.get_by_label(f"Starter prompt {number}")).to_be_focused()
        expect(page.get_by_label(f"Starter prompt {number}")).to_have_value("")
        page.keyboard.type(f"Number {number}")
    expect(button).to_be_hidden()
    page.get_by_role("button", name="Add", exact=True).click()
    mine(chat).get_by_role("link", name=re.compile("^Many")).click()
    expect(page.get_by_label("Starter prompt 5")).to_have_value("Number 6")


def test_the_sites_become_ones_own(person: Person, visit: Visit) -> None:
    in_site(person.site, OF_THE_SITE)
    chat = visit(person)
    chat.page.goto(f"{chat.url}{LIBRARY}")
    chat.page.get_by_role("button", name="Make it mine: House style").click()
    expect(chat.page.get_by_role("status")).to_contain_text("It is yours now.")
    chat.page.get_by_label("Name").fill("My style")
    chat.page.get_by_role("button", name="Save").click()
    expect(mine(chat)).to_contain_text(["My style"])
    expect(chat.page.get_by_role("list", name="From this site").get_by_role("listitem")).to_contain_text(
        ["House style"]
    )


@SCREENS
def test_a_new_chat_begins_with_one(pirate: Person, visit: Visit, screen: dict[str, Any]) -> None:
    chat = visit(pirate, **screen).open()
    choices = chat.page.get_by_role("navigation", name="Begin with")
    choices.get_by_role("link", name="Pirate").press("Enter")
    expect(chat.page.get_by_role("heading", name="Pirate")).to_be_visible()
    expect(choices.get_by_role("link", name="Pirate")).to_have_attribute("aria-current", "true")
    expect(chat.page.locator("form.composer [name=preset]")).to_have_attribute("value", re.compile(".+"))
    expect(chat.page.get_by_role("button", name="Where is the gold buried?")).to_be_visible()
    choices.get_by_role("link", name="No preset").click()
    expect(chat.page.get_by_role("heading", name="What is on your mind?")).to_be_visible()


def test_hostile_presets_are_text(person: Person, visit: Visit) -> None:
    keep(person, MARKUP, model=MARKUP, system_prompt=MARKUP * 300, starters=[MARKUP * 30, "ש" * 2000])
    keep(person, "ש" * 80, system_prompt="\n" * 5000 + "x" * 10_000)
    keep(person, "zalgo" + "\u0301" * 70, starters=["👩‍👩‍👧‍👦" * 200])
    for screen in ({}, PHONE):
        chat = visit(person, **screen)
        for url in (LIBRARY, "/c/new/"):
            chat.page.goto(f"{chat.url}{url}")
            expect(chat.page.get_by_role("link", name=re.compile("img src")).first).to_be_visible()
            assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert complaints(chat) == []
        chat.page.get_by_role("navigation", name="Begin with").get_by_role("link", name=re.compile("img src")).click()
        expect(chat.page.get_by_role("heading", name=re.compile("img src"))).to_be_visible()
        chat.page.wait_for_load_state()
        assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert chat.page.evaluate("typeof hacked") == "undefined"
