"""A browser that runs no scripts can do the main thing too."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.conversations.kept import wait_for
from tests.site import PASSWORD, Site


def test_signing_up_and_talking_works_by_forms(visit: Visit, site: Site) -> None:
    chat = visit(java_script_enabled=False)
    page = chat.page
    page.goto(site.url)
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill(f"scriptless-{uuid4().hex[:8]}")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label(re.compile("again", re.IGNORECASE)).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    chat.message.fill("Is it slow without scripts? [[slow 0.1]] [[say: one two three four five six seven eight.]]")
    chat.send.click()
    expect(page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/$"))
    expect(chat.questions).to_contain_text("Is it slow without scripts?")
    # The page asks again by itself until the reply is there.
    expect(chat.replies).to_contain_text("one two three four five six seven eight.")
    chat.answered()
    wait_for(lambda: is_there_after_a_reload(chat, "Slow Without Scripts"))
    chat.message.fill("And again? [[say: The same.]]")
    chat.send.click()
    expect(chat.replies.last).to_contain_text("The same.")
    expect(chat.questions).to_have_count(2)


def is_there_after_a_reload(chat: Chat, title: str) -> bool:
    """It may come after the reply, when the page does not ask again any more."""
    chat.reload()
    return chat.row(title).is_visible()


@pytest.fixture
def plain(visit: Visit, person: Person) -> Chat:
    return visit(person, java_script_enabled=False).open()


def test_what_needs_a_script_is_not_offered(plain: Chat) -> None:
    expect(plain.send).to_be_visible()
    for name in ("Stop generating", "Jump to the latest", "Open conversations"):
        expect(plain.page.get_by_role("button", name=name)).to_be_hidden()


def test_an_empty_message_brings_the_page_back_with_a_sentence(plain: Chat, guard: Guard) -> None:
    guard.expect("status of 400")
    plain.message.fill("   ")
    plain.send.click()
    expect(plain.page.get_by_text("Type a message first.")).to_be_visible()
    plain.message.fill("Now with words [[say: Good.]]")
    plain.send.click()
    expect(plain.replies).to_contain_text("Good.")


def test_a_starter_sends(plain: Chat) -> None:
    plain.page.get_by_role("button", name=re.compile("Plan a trip")).click()
    expect(plain.questions).to_contain_text("Plan a relaxed weekend in Rome")
    expect(plain.replies).to_have_count(1)
