"""What a user tells every model, on the page of the settings."""

from __future__ import annotations

import re
from typing import Any

from tests.browser.chat import Chat, Locator, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.conversations import kept


def opened(person: Person, visit: Visit, **options: Any) -> Chat:
    chat = visit(person, **options)
    chat.page.goto(f"{chat.url}/settings/")
    return chat


def said(chat: Chat, name: str) -> Locator:
    return chat.page.locator(f"[data-text={name}]").get_by_role("status")


def test_each_is_saved_when_it_is_left(person: Person, visit: Visit) -> None:
    chat = opened(person, visit)
    chat.page.get_by_label("About me").fill("I live in Oslo.\nI keep bees.")
    expect(said(chat, "about_me")).to_be_empty()
    chat.page.keyboard.press("Tab")
    expect(said(chat, "about_me")).to_have_text("Saved.")
    chat.page.get_by_label("How to answer").fill("Briefly.")
    chat.page.get_by_label("System prompt").click()
    expect(said(chat, "how_to_answer")).to_have_text("Saved.")
    chat.page.reload()
    expect(chat.page.get_by_label("About me")).to_have_value("I live in Oslo.\nI keep bees.")
    expect(chat.page.get_by_label("How to answer")).to_have_value("Briefly.")


def test_what_cannot_be_saved_stays_and_is_said(person: Person, visit: Visit, guard: Guard) -> None:
    guard.expect("status of 400")
    chat = opened(person, visit)
    about = chat.page.get_by_label("About me")
    about.fill("x" * 5001)
    about.blur()
    expect(chat.page.get_by_role("alert")).to_contain_text("at most 5,000 characters")
    expect(about).to_have_value("x" * 5001)
    expect(about).to_have_accessible_description(re.compile("5,000"))
    about.fill("x" * 5000)
    about.blur()
    expect(said(chat, "about_me")).to_have_text("Saved.")
    expect(about).not_to_have_attribute("aria-invalid", re.compile("."))


def test_the_longest_one_is_saved_too(person: Person, visit: Visit) -> None:
    chat = opened(person, visit)
    text = "🙂" * 20_000
    chat.page.get_by_label("System prompt").fill(text)
    chat.page.get_by_label("System prompt").blur()
    expect(said(chat, "system_prompt")).to_have_text("Saved.")


def test_who_leaves_the_page_leaves_the_text_too(person: Person, visit: Visit) -> None:
    chat = opened(person, visit)
    chat.page.get_by_label("About me").fill("On my way")
    chat.page.get_by_role("link", name="Your prompts").click()
    expect(chat.page.get_by_role("heading", name="Your prompts")).to_be_visible()
    kept.wait_for(lambda: "On my way" in person.http.get("/settings/").text)
    chat.page.goto(f"{chat.url}/settings/")
    chat.page.get_by_label("How to answer").fill("Half a sentence")
    chat.page.goto(f"{chat.url}/settings/prompts/")
    kept.wait_for(lambda: "Half a sentence" in person.http.get("/settings/").text)


def test_who_would_lose_a_text_by_leaving_is_asked(person: Person, visit: Visit, guard: Guard) -> None:
    guard.expect("status of 400", "a dialog")
    chat = opened(person, visit)
    about = chat.page.get_by_label("About me")
    about.fill("x" * 5001)
    about.blur()
    expect(about).to_have_attribute("aria-invalid", "true")
    with chat.page.expect_event("dialog") as asked:
        chat.page.get_by_role("link", name="Your prompts").click(no_wait_after=True)
    assert asked.value.type == "beforeunload"
    expect(about).to_have_value("x" * 5001)


def test_without_scripts_a_button_saves_them(person: Person, visit: Visit, guard: Guard) -> None:
    guard.expect("status of 400")
    chat = opened(person, visit, java_script_enabled=False)
    page = chat.page
    page.get_by_label("About me").fill("x" * 5001)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("at most 5,000 characters")
    page.get_by_label("About me").fill("I live in Oslo.")
    page.get_by_role("button", name="Save").click()
    expect(chat.page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("About me")).to_have_value("I live in Oslo.")
