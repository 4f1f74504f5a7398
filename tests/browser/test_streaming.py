"""A reply goes on, whatever happens to the page that shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.browser.wire import Wire
from tests.conversations.asked import let_go_on
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.site import Site

WORDS = " ".join(f"word{n:02}" for n in range(32))
QUESTION = "Tell me some words"
BROKEN = r"net::ERR_(CONNECTION_(RESET|CLOSED|REFUSED)|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING|SOCKET_NOT_CONNECTED)"


def text_of(reply: str) -> str:
    """The words of the reply, without what the page says around them."""
    return " ".join(re.findall(r"word\d\d", reply))


@pytest.fixture
def go_on(model_server: ModelServer) -> Callable[[], None]:
    """The next reply has its last three quarters only when this is called."""
    model_server.script.append(Answer(text=WORDS, delay=0.15, hold_after=8))
    return partial(let_go_on, model_server, QUESTION)


@pytest.fixture
def endless(model_server: ModelServer) -> None:
    """The next reply says some words, and ends only when it is stopped."""
    model_server.script.append(Answer(text=WORDS, ending="stall", break_after=8))


@pytest.mark.usefixtures("endless")
def test_stop_keeps_what_was_said(chat: Chat) -> None:
    chat.say(QUESTION)
    expect(chat.replies).to_contain_text("word05")
    chat.stop.click()
    reply = chat.answered()
    expect(reply.get_by_text("You stopped this reply.")).to_be_visible()
    kept = text_of(reply.inner_text())
    assert WORDS.startswith(kept)
    assert "word05" in kept
    assert kept != WORDS
    chat.reload()
    expect(chat.replies.get_by_text("You stopped this reply.")).to_be_visible()
    assert text_of(chat.replies.inner_text()) == kept
    chat.ask("Go on [[say: Gladly.]]")
    expect(chat.replies).to_have_count(2)


def test_stop_works_before_the_first_word(chat: Chat) -> None:
    chat.message.fill("Never mind [[hang]]")
    chat.message.press("Enter")
    chat.stop.click()
    expect(chat.answered().get_by_text("You stopped this reply.")).to_be_visible()
    expect(chat.questions).to_contain_text("Never mind")
    chat.reload()
    expect(chat.replies.get_by_text("You stopped this reply.")).to_be_visible()
    expect(chat.stop).to_be_hidden()


@pytest.mark.usefixtures("endless")
def test_a_stop_before_the_site_has_answered_is_kept(visit: Visit, site: Site, person: Person, guard: Guard) -> None:
    guard.expect(BROKEN)
    with Wire(site.port) as wire:
        chat = visit(person, at=wire.url).open()
        wire.lose_answers()
        chat.say(QUESTION)
        wire.wait_for_a_lost_answer()
        chat.stop.click()
        wire.cut()
        wire.mend()
        expect(chat.answered().get_by_text("You stopped this reply.")).to_be_visible()
        assert text_of(chat.replies.inner_text()) != WORDS


def test_a_reload_in_the_middle_shows_the_reply_still_growing(chat: Chat, go_on: Callable[[], None]) -> None:
    chat.say(QUESTION)
    expect(chat.replies).to_contain_text("word03")
    chat.reload()
    expect(chat.stop).to_be_visible()
    expect(chat.replies).to_contain_text("word03")
    chat.record()
    go_on()
    reply = chat.answered()
    assert chat.growths >= 3
    assert text_of(reply.inner_text()) == WORDS
    expect(chat.row("Tell Some Words")).to_be_visible()
    chat.reload()
    assert text_of(chat.replies.inner_text()) == WORDS


def test_a_page_that_was_closed_finds_the_reply_still_going(chat: Chat, go_on: Callable[[], None]) -> None:
    chat.say(QUESTION)
    expect(chat.replies).to_contain_text("word03")
    address, context = chat.page.url, chat.context
    chat.page.close()
    again = Chat(context.new_page(), chat.url)
    again.page.goto(address)
    expect(again.replies).to_contain_text("word03")
    expect(again.stop).to_be_visible()
    go_on()
    assert text_of(again.answered().inner_text()) == WORDS
    expect(again.questions).to_have_count(1)


def test_a_second_tab_sees_the_same_reply_grow(chat: Chat, go_on: Callable[[], None]) -> None:
    chat.say(QUESTION)
    expect(chat.replies).to_contain_text("word03")
    second = Chat(chat.context.new_page(), chat.url).open(chat.id)
    second.record()
    go_on()
    assert text_of(second.answered().inner_text()) == WORDS
    assert second.growths >= 3
    assert text_of(chat.answered().inner_text()) == WORDS


def test_a_lost_connection_is_found_again_without_a_word_twice(
    visit: Visit, site: Site, person: Person, guard: Guard, go_on: Callable[[], None]
) -> None:
    guard.expect(BROKEN)
    with Wire(site.port) as wire:
        chat = visit(person, at=wire.url).open()
        chat.say(QUESTION)
        expect(chat.replies).to_contain_text("word03")
        wire.cut()
        expect(chat.replies.get_by_text("Reconnecting…")).to_be_visible()
        expect(chat.stop).to_be_visible()
        wire.mend()
        go_on()
        reply = chat.answered()
        expect(reply.get_by_text("Reconnecting…")).to_be_hidden()
        assert text_of(reply.inner_text()) == WORDS
        expect(chat.row("Tell Some Words")).to_be_visible()
        chat.reload()
        assert text_of(chat.replies.inner_text()) == WORDS
        expect(chat.questions).to_have_count(1)


def test_a_connection_that_is_dead_without_knowing_it_is_given_up(
    visit: Visit, site: Site, person: Person, guard: Guard, go_on: Callable[[], None]
) -> None:
    guard.expect(BROKEN)
    with Wire(site.port) as wire:
        chat = visit(person, at=wire.url)
        chat.page.clock.install()
        chat.open()
        chat.say(QUESTION)
        expect(chat.replies).to_contain_text("word03")
        wire.silence()
        # There the clock stands, so that it is not tried again before that has been seen.
        chat.page.clock.pause_at(chat.page.evaluate("Date.now()") + 60_000)
        expect(chat.replies.get_by_text("Reconnecting…")).to_be_visible()
        chat.page.clock.resume()
        expect(chat.replies.get_by_text("Reconnecting…")).to_be_hidden()
        expect(chat.stop).to_be_visible()
        go_on()
        assert text_of(chat.answered().inner_text()) == WORDS


def test_a_question_whose_answer_is_lost_is_asked_once(
    visit: Visit, site: Site, person: Person, guard: Guard, go_on: Callable[[], None]
) -> None:
    guard.expect(BROKEN)
    with Wire(site.port) as wire:
        chat = visit(person, at=wire.url).open()
        wire.lose_answers()
        chat.say(QUESTION)
        expect(chat.stop).to_be_visible()
        wire.wait_for_a_lost_answer()
        wire.cut()
        wire.mend()
        go_on()
        assert text_of(chat.answered().inner_text()) == WORDS
        chat.reload()
        expect(chat.questions).to_have_count(1)
        expect(chat.replies).to_have_count(1)
        expect(chat.rows).to_have_count(1)
