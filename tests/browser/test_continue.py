"""A reply that was cut off says so, and goes on at a click in the same place."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest

from tests.browser.chat import Chat, Locator, Route, expect
from tests.browser.guard import Guard
from tests.model_answers import Answer
from tests.model_server import ModelServer

WORDS = [f"word{number}" for number in range(40)]
WHOLE = " ".join(WORDS)
# It says so much, and then nothing more until it is stopped.
STALLED = Answer(text=WHOLE, ending="stall", break_after=7)
Cut = Callable[[], Locator]


@pytest.fixture
def cut(chat: Chat, model_server: ModelServer) -> Cut:
    def cut() -> Locator:
        model_server.script.append(STALLED)
        chat.say(f"Tell me [[slow 0.05]] [[then: {WHOLE}]]")
        expect(chat.replies.last).to_contain_text("word5")
        chat.stop.click()
        return chat.answered()

    return cut


def test_a_stopped_reply_goes_on_in_its_place(chat: Chat, cut: Cut, model_server: ModelServer) -> None:
    reply = cut()
    expect(reply.get_by_text("You stopped this reply.")).to_be_visible()
    expect(reply).not_to_contain_text("word39")
    seen = Event()
    model_server.script.append(Answer(after=seen))
    reply.get_by_role("button", name="Continue").click()
    expect(chat.stop).to_be_visible()
    expect(reply).to_be_focused()
    seen.set()
    chat.answered()
    for _ in "ab":
        expect(chat.replies).to_have_count(1)
        expect(chat.replies.locator(".message-body")).to_have_text(WHOLE)
        expect(chat.replies.get_by_text("You stopped this reply.")).to_be_hidden()
        expect(chat.replies.get_by_text("Stopped by you, then continued.")).to_be_visible()
        expect(chat.replies.get_by_role("button", name="Continue")).to_be_hidden()
        chat.reload()


def test_it_goes_on_after_a_reload_and_by_the_keyboard(chat: Chat, cut: Cut) -> None:
    cut()
    chat.reload()
    button = chat.replies.get_by_role("button", name="Continue")
    button.focus()
    button.press("Enter")
    expect(chat.answered().locator(".message-body")).to_have_text(WHOLE)


def test_a_reply_that_failed_half_way_can_be_continued_or_tried_again(chat: Chat) -> None:
    reply = chat.ask(f"Die [[die 5]] [[say: {WHOLE}]] [[then: and on]]")
    expect(reply.get_by_role("button", name="Retry")).to_be_visible()
    expect(reply.get_by_role("button", name="Copy reply")).to_be_visible()
    reply.get_by_role("button", name="Continue").click()
    expect(chat.answered().locator(".message-body")).to_have_text(f"{' '.join(WORDS[:5])} and on")
    expect(reply.get_by_role("button", name="Retry")).to_be_hidden()
    expect(reply.get_by_text("Nothing was lost.")).to_be_visible()


def test_what_failed_without_a_word_can_only_be_tried_again(chat: Chat) -> None:
    reply = chat.ask("Fail [[fail 500]]")
    expect(reply.get_by_role("button", name="Retry")).to_be_visible()
    expect(reply.get_by_role("button", name="Continue")).to_be_hidden()


def test_only_the_last_reply_offers_to_go_on(chat: Chat, cut: Cut) -> None:
    cut()
    first = chat.replies.first
    chat.ask("Another question [[say: fine]]")
    expect(first.get_by_text("You stopped this reply.")).to_be_visible()
    expect(first.get_by_role("button", name="Continue")).to_be_hidden()


def test_a_refusal_to_go_on_leaves_the_reply_as_it_was(chat: Chat, cut: Cut, guard: Guard) -> None:
    guard.expect("status of 503")
    reply = cut()
    shown = reply.inner_text()
    refusal = {"code": "store", "message": "The storage is away.", "retry_after": 10, "errors": {}}
    chat.page.route("**/continue/", lambda route: route.fulfill(status=503, json=refusal))
    reply.get_by_role("button", name="Continue").click()
    expect(chat.page.get_by_text("The storage is away.")).to_be_visible()
    expect(reply.get_by_role("button", name="Continue")).to_be_visible()
    assert reply.inner_text() == shown


def test_a_stop_before_it_has_begun_to_go_on_is_kept(chat: Chat, cut: Cut, model_server: ModelServer) -> None:
    reply = cut()
    model_server.script.append(STALLED)

    def stop_meanwhile(route: Route) -> None:
        chat.stop.click()
        route.continue_()

    chat.page.route("**/continue/", stop_meanwhile)
    with chat.page.expect_response("**/stop/"):
        reply.get_by_role("button", name="Continue").click()
    chat.answered()
    for _ in "ab":
        expect(chat.replies.get_by_text("You stopped this reply.")).to_be_visible()
        expect(chat.replies).not_to_contain_text("word39")
        chat.reload()
