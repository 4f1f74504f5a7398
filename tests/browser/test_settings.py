"""The page of one's own settings: each saves by itself and says so."""

from __future__ import annotations

import re

import pytest

from tests.browser.chat import Chat, Locator, Route, Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.browser.test_theme import is_dark


@pytest.fixture
def page(chat: Chat, person: Person) -> Chat:
    chat.page.get_by_text(person.username, exact=True).click()
    chat.page.get_by_role("link", name="Settings").click()
    expect(chat.page.get_by_role("heading", name="Settings")).to_be_visible()
    return chat


def group(chat: Chat, name: str) -> Locator:
    return chat.page.get_by_role("radiogroup", name=name)


def saved(part: Locator) -> Locator:
    return part.get_by_role("status").filter(has_text="Saved.")


def test_the_appearance_is_the_same_on_every_device(page: Chat, visit: Visit, person: Person) -> None:
    appearance = group(page, "Appearance")
    appearance.get_by_role("radio", name="Dark").check()
    expect(saved(appearance)).to_be_visible()
    assert is_dark(page)
    other = visit(person).open()
    assert is_dark(other)
    other.page.get_by_text(person.username, exact=True).click()
    with other.page.expect_response("**/settings/"):
        other.page.get_by_role("radiogroup", name="Theme").get_by_role("radio", name="Light").check()
    page.reload()
    expect(appearance.get_by_role("radio", name="Light")).to_be_checked()
    assert not is_dark(page)


def test_a_key_of_ones_own_sends(page: Chat) -> None:
    keys = group(page, "Key that sends")
    keys.get_by_role("radio", name="Ctrl + Enter").check()
    expect(saved(keys)).to_be_visible()
    page.open()
    page.message.press_sequentially("one")
    page.message.press("Enter")
    page.message.press_sequentially("two")
    expect(page.message).to_have_value("one\ntwo")
    page.message.press("Control+Enter")
    expect(page.questions).to_contain_text("one\ntwo", use_inner_text=True)


def test_the_other_ones_stay(page: Chat) -> None:
    for name, choice in (("Key that sends", "Ctrl + Enter"), ("Read replies", "Only when it is done")):
        group(page, name).get_by_role("radio", name=choice).check()
        expect(saved(group(page, name))).to_be_visible()
    language = page.page.get_by_label("Language")
    language.select_option(label="English")
    expect(saved(page.page.locator("[data-setting=language]"))).to_be_visible()
    page.reload()
    for choice in ("Ctrl + Enter", "Only when it is done", "Like the device"):
        expect(page.page.get_by_role("radio", name=choice)).to_be_checked()
    expect(language).to_have_value("en")


def test_what_cannot_be_saved_goes_back_and_says_so(page: Chat, guard: Guard) -> None:
    guard.expect("ERR_FAILED")
    page.page.route("**/settings/", lambda route: route.abort())
    appearance = group(page, "Appearance")
    appearance.get_by_role("radio", name="Dark").click()
    expect(appearance.get_by_role("status")).to_have_text(re.compile("cannot be reached"))
    expect(appearance.get_by_role("radio", name="Like the device")).to_be_checked()
    assert not is_dark(page)


def test_a_choice_made_before_the_script_has_come_is_saved_too(chat: Chat) -> None:
    held: list[Route] = []
    # The method itself cannot be marked as a handler.
    chat.page.route("**/js/settings*.js", lambda route: held.append(route))  # noqa: PLW0108
    with chat.page.expect_request("**/js/settings*.js"):
        chat.page.goto(f"{chat.url}/settings/", wait_until="commit")
    appearance = group(chat, "Appearance")
    appearance.get_by_role("radio", name="Dark").check()
    while not held:
        chat.page.wait_for_timeout(10)
    held[0].continue_()
    expect(appearance.get_by_role("status")).to_have_text("Saved.")
    assert is_dark(chat)


def test_without_scripts_there_is_a_button(visit: Visit, person: Person) -> None:
    chat = visit(person, java_script_enabled=False)
    chat.page.goto(f"{chat.url}/settings/")
    group(chat, "Appearance").get_by_role("radio", name="Dark").check()
    chat.page.get_by_role("button", name="Save").click()
    expect(chat.page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    expect(chat.page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(group(chat, "Appearance").get_by_role("radio", name="Dark")).to_be_checked()


def test_with_scripts_there_is_none_and_everything_is_reached_by_keys(page: Chat) -> None:
    expect(page.page.get_by_role("button", name="Save")).to_be_hidden()
    group(page, "Appearance").get_by_role("radio", name="Like the device").focus()
    page.page.keyboard.press("ArrowRight")
    expect(saved(group(page, "Appearance"))).to_be_visible()
    expect(group(page, "Appearance").get_by_role("radio", name="Light")).to_be_checked()
    expect(group(page, "Appearance").get_by_role("radio", name="Light")).to_be_focused()


def test_it_fits_a_phone(visit: Visit, person: Person) -> None:
    phone = visit(person, **PHONE)
    phone.page.goto(f"{phone.url}/settings/")
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
