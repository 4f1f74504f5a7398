"""What has arrived at the site is not left in the box to be sent once more, also where the page never heard of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.browser.chat import Chat, Route, expect
from tests.browser.guard import Guard
from tests.browser.people import Person

if TYPE_CHECKING:
    from playwright.sync_api import Request

WORDS = " ".join(f"word{n:02}" for n in range(20))
QUESTION = f"Tell me some words [[slow 0.02]] [[say: {WORDS}]]"
MESSAGES = "**/messages/"


@pytest.fixture
def deaf(chat: Chat, person: Person, guard: Guard) -> Chat:
    """A page whose messages arrive, and that never hears of it."""
    guard.expect(r"net::ERR_(FAILED|INTERNET_DISCONNECTED)")

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST":
            with person.stream(urlsplit(route.request.url).path, route.request.post_data_json) as events:
                next(events)
            route.abort()
        else:
            route.continue_()

    chat.page.route(MESSAGES, lose_the_answer)
    return chat


@pytest.fixture
def talk(chat: Chat) -> Chat:
    chat.ask("Bread? [[say: Yes.]]")
    return chat


def send(chat: Chat, text: str) -> None:
    """Until it has arrived."""
    chat.message.fill(text)
    with chat.page.expect_event("requestfailed", lambda request: text in (request.post_data or "")):
        chat.message.press("Enter")


def send_in_vain_and_reload(chat: Chat) -> Request:
    """The request that never reaches the site, however often the page tries."""
    chat.page.route(MESSAGES, lambda route: route.abort())
    chat.message.fill(QUESTION)
    with chat.page.expect_request(is_message) as sent:
        chat.message.press("Enter")
    chat.reload()
    chat.page.unroute(MESSAGES)
    return sent.value


def is_message(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/messages/")


def test_what_was_refused_for_want_of_an_answer_goes_from_the_box_when_it_is_seen(talk: Chat, deaf: Chat) -> None:
    send(deaf, QUESTION)
    deaf.message.fill("typed since")
    expect(deaf.page.get_by_role("alert").filter(has_text="The site cannot be reached")).to_be_visible()
    expect(deaf.questions).to_have_count(2)
    expect(deaf.message).to_have_value("typed since")
    expect(deaf.answered()).to_contain_text(WORDS)
    deaf.reload()
    expect(deaf.message).to_have_value("typed since")
    expect(deaf.questions).to_have_count(2)


def test_what_arrived_before_a_reload_is_not_in_the_box_after_it(talk: Chat, deaf: Chat) -> None:
    send(deaf, QUESTION)
    deaf.message.fill("typed since")
    deaf.reload()
    expect(deaf.questions).to_have_count(2)
    expect(deaf.message).to_have_value("typed since")


def test_what_arrives_after_a_reload_goes_from_the_box_then(talk: Chat, person: Person, guard: Guard) -> None:
    guard.expect(r"net::ERR_FAILED")
    sent = send_in_vain_and_reload(talk)
    expect(talk.message).to_have_value(QUESTION)
    with person.stream(urlsplit(sent.url).path, sent.post_data_json) as events:
        next(events)
    expect(talk.questions).to_have_count(2)
    expect(talk.message).to_have_value("")


def test_what_was_sent_before_a_reload_and_is_sent_again_is_one_message(talk: Chat, guard: Guard) -> None:
    guard.expect(r"net::ERR_FAILED")
    first = send_in_vain_and_reload(talk)
    with talk.page.expect_request(is_message) as second:
        talk.message.press("Enter")
    assert second.value.post_data_json == first.post_data_json
    expect(talk.answered()).to_contain_text(WORDS)


def test_a_new_page_leads_to_the_conversation_that_its_first_words_have_begun(deaf: Chat) -> None:
    send(deaf, QUESTION)
    deaf.message.fill("typed since")
    deaf.reload()
    expect(deaf.questions).to_have_count(1)
    expect(deaf.answered()).to_contain_text(WORDS)
    expect(deaf.message).to_have_value("")
    expect(deaf.rows).to_have_count(1)
    deaf.page.unroute(MESSAGES)
    deaf.open()
    expect(deaf.message).to_have_value("typed since")


def test_a_question_in_other_words_that_is_sent_again_is_one_version(talk: Chat, deaf: Chat) -> None:
    deaf.questions.hover()
    deaf.questions.get_by_role("button", name="Edit message").click()
    editor = deaf.page.get_by_role("textbox", name="Message in other words")
    editor.fill("Rolls? [[say: Smaller.]]")
    deaf.page.get_by_role("button", name="Send", exact=True).click()
    expect(deaf.page.get_by_role("alert").filter(has_text="The site cannot be reached")).to_be_visible()
    expect(editor).to_have_value("Rolls? [[say: Smaller.]]")
    deaf.page.unroute(MESSAGES)
    deaf.page.get_by_role("button", name="Send", exact=True).click()
    expect(deaf.questions.get_by_text("2 of 2")).to_be_visible()
    expect(deaf.answered()).to_contain_text("Smaller.")
