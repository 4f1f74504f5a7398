"""What is sent while a reply is being written waits for its end, in sight."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.chat import Chat, expect
from tests.browser.guard import Guard
from tests.conversations.asked import let_go_on, request_for
from tests.model_server import ModelServer

WORDS = " ".join(f"word{n:02}" for n in range(30))
HELD = f"Tell me some words [[slow 0.02]] [[hold 3]] [[say: {WORDS}]]"


@pytest.fixture
def busy(chat: Chat) -> Chat:
    """A page whose own reply is being written."""
    return say_held(chat, HELD)


@pytest.fixture
def go_on(busy: Chat, model_server: ModelServer) -> Callable[[], None]:
    """Until then it is not written to its end, however long what is done meanwhile takes."""
    return request_for(model_server, HELD).may_go_on.set


def say_held(chat: Chat, text: str) -> Chat:
    chat.say(text)
    expect(chat.replies.last).to_contain_text("word01")
    return chat


def send(chat: Chat, text: str) -> None:
    chat.message.fill(text)
    chat.message.press("Enter")


def test_what_is_sent_meanwhile_is_shown_and_follows_by_itself(busy: Chat, go_on: Callable[[], None]) -> None:
    busy.message.fill("And then? [[say: Afterwards.]]")
    expect(busy.stop).to_be_visible()
    busy.send.click()
    expect(busy.queued).to_contain_text("And then?")
    expect(busy.queued.get_by_text("Queued", exact=True)).to_be_in_viewport(ratio=1)
    expect(busy.message).to_have_value("")
    expect(busy.message).to_be_focused()
    expect(busy.questions).to_have_count(1)
    expect(busy.stop).to_be_visible()
    go_on()
    expect(busy.replies).to_have_count(2)
    expect(busy.answered()).to_contain_text("Afterwards.")
    expect(busy.replies.first).to_contain_text(WORDS)
    expect(busy.queued).to_have_count(0)
    busy.reload()
    expect(busy.questions).to_have_count(2)


def test_several_follow_in_their_order(busy: Chat, go_on: Callable[[], None]) -> None:
    for n in range(3):
        send(busy, f"Number {n} [[say: Answer {n}.]]")
    expect(busy.queued).to_have_count(3)
    go_on()
    for n in range(3):
        expect(busy.questions.nth(n + 1)).to_contain_text(f"Number {n}")
        expect(busy.replies.nth(n + 1)).to_contain_text(f"Answer {n}.")
    expect(busy.questions).to_have_count(4)
    busy.answered()
    busy.reload()
    expect(busy.replies).to_have_count(4)
    expect(busy.queued).to_have_count(0)


def test_each_of_several_has_its_buttons(busy: Chat) -> None:
    for n in range(3):
        send(busy, f"Number {n}")
    expect(busy.queued).to_have_count(3)
    busy.stop.click()
    busy.answered()
    expect(busy.queued).to_have_count(3)
    for queued in busy.queued.all():
        for name in ("Send now", "Edit", "Cancel"):
            expect(queued.get_by_role("button", name=name)).to_be_visible()
    busy.queued.first.get_by_role("button", name="Cancel").click()
    expect(busy.queued.locator(".message-text")).to_have_text(["Number 1", "Number 2"])


def test_it_can_be_taken_back_into_the_box(busy: Chat, go_on: Callable[[], None]) -> None:
    send(busy, "Not like this")
    busy.message.fill("typed since")
    busy.queued.get_by_role("button", name="Edit").click()
    expect(busy.message).to_have_value("Not like this\n\ntyped since")
    expect(busy.message).to_be_focused()
    expect(busy.queued).to_have_count(0)
    go_on()
    busy.answered()
    expect(busy.questions).to_have_count(1)


def test_it_can_be_cancelled(busy: Chat, go_on: Callable[[], None]) -> None:
    send(busy, "Never mind")
    busy.queued.get_by_role("button", name="Cancel").click()
    expect(busy.queued).to_have_count(0)
    expect(busy.message).to_be_focused()
    go_on()
    busy.answered()
    expect(busy.questions).to_have_count(1)


def test_it_can_be_sent_at_once(busy: Chat) -> None:
    send(busy, "Enough [[say: All right.]]")
    busy.queued.get_by_role("button", name="Send now").click()
    expect(busy.replies.first.get_by_text("You stopped this reply.")).to_be_visible()
    expect(busy.replies.last).to_contain_text("All right.")


def test_after_a_stop_it_waits_for_the_reader(busy: Chat) -> None:
    send(busy, "And then? [[say: Afterwards.]]")
    expect(busy.queued).to_have_count(1)
    busy.stop.click()
    busy.answered()
    expect(busy.queued.get_by_text("Not sent yet")).to_be_visible()
    expect(busy.questions).to_have_count(1)
    busy.ask("Something else [[say: Else.]]")
    expect(busy.queued.get_by_text("Not sent yet")).to_be_visible()
    expect(busy.questions).to_have_count(2)
    busy.queued.get_by_role("button", name="Send now").click()
    expect(busy.replies.last).to_contain_text("Afterwards.")
    expect(busy.queued).to_have_count(0)


def test_after_a_failure_it_waits_for_the_reader(chat: Chat, model_server: ModelServer) -> None:
    text = f"Die [[hold 3]] [[die 8]] [[say: {WORDS}]]"
    say_held(chat, text)
    send(chat, "And then?")
    expect(chat.queued).to_have_count(1)
    let_go_on(model_server, text)
    expect(chat.replies.last).to_have_attribute("data-finish", "failed")
    expect(chat.queued.get_by_text("Not sent yet")).to_be_visible()
    expect(chat.questions).to_have_count(1)


def test_it_is_there_after_a_reload_and_still_follows(busy: Chat, go_on: Callable[[], None]) -> None:
    send(busy, "And then? [[say: Afterwards.]]")
    expect(busy.queued).to_have_count(1)
    busy.reload()
    expect(busy.queued.get_by_text("Queued", exact=True)).to_be_visible()
    go_on()
    expect(busy.replies).to_have_count(2)
    expect(busy.answered()).to_contain_text("Afterwards.")
    expect(busy.questions).to_have_count(2)


def test_it_is_kept_also_while_the_queue_is_on_its_way(busy: Chat) -> None:
    busy.page.route("**/queue.*.js", lambda _: None)
    busy.message.fill("And then?")
    with busy.page.expect_request("**/queue.*.js"):
        busy.message.press("Enter")
    expect(busy.message).to_have_value("")
    busy.reload()
    expect(busy.message).to_have_value("And then?")


def test_where_the_queue_cannot_be_had_the_words_are_back_and_the_page_says_why(busy: Chat, guard: Guard) -> None:
    guard.expect("net::ERR_")
    busy.page.route("**/queue.*.js", lambda route: route.abort())
    send(busy, "And then?")
    expect(busy.page.get_by_role("alert")).to_contain_text("The site cannot be reached.")
    expect(busy.message).to_have_value("And then?")
    busy.page.unroute("**/queue.*.js")
    busy.message.press("Enter")
    expect(busy.queued).to_contain_text("And then?")
    expect(busy.page.get_by_role("alert")).to_have_count(0)


def test_the_next_page_has_it_when_its_tab_is_gone(
    busy: Chat, go_on: Callable[[], None], model_server: ModelServer
) -> None:
    send(busy, "And then?")
    expect(busy.queued).to_have_count(1)
    beside = Chat(busy.context.new_page(), busy.url).open(busy.id)
    expect(beside.replies).to_have_count(1)
    go_on()
    beside.answered()
    expect(busy.queued).to_have_count(0)
    expect(busy.questions).to_have_count(2)
    busy.answered()
    more = f"More [[slow 0.02]] [[hold 3]] [[say: {WORDS}]]"
    say_held(busy, more)
    send(busy, "What of this?")
    expect(busy.queued).to_have_count(1)
    busy.page.close()
    beside.reload()
    expect(beside.queued).to_contain_text("What of this?")
    expect(beside.queued.get_by_text("Not sent yet")).to_be_visible()
    let_go_on(model_server, more)
    beside.answered()
    expect(beside.queued).to_have_count(1)
    beside.reload()
    expect(beside.queued).to_have_count(1)


FILL = """() => {
    for (const storage of [localStorage, sessionStorage]) {
        for (let size = 1 << 20; size; size >>= 1) {
            try {
                for (let n = 0; ; n += 1) {
                    storage.setItem(`full-${size}-${n}`, "x".repeat(size));
                }
            } catch {}
        }
    }
}"""


def test_it_is_sent_also_where_the_browser_has_no_room_to_keep_it(busy: Chat, go_on: Callable[[], None]) -> None:
    busy.page.evaluate(FILL)
    for n in range(2):
        send(busy, f"Number {n} [[say: Answer {n}.]]")
    expect(busy.queued).to_have_count(2)
    go_on()
    for n in range(2):
        expect(busy.questions.nth(n + 1)).to_contain_text(f"Number {n}")
        expect(busy.replies.nth(n + 1)).to_contain_text(f"Answer {n}.")
    expect(busy.queued).to_have_count(0)


def test_when_the_session_has_ended_the_text_is_back_in_the_box(
    busy: Chat, go_on: Callable[[], None], guard: Guard
) -> None:
    guard.expect("status of 401")
    send(busy, "One")
    send(busy, "Two")
    expect(busy.queued).to_have_count(2)
    cookies = [cookie for cookie in busy.context.cookies() if cookie["name"] == "sessionid"]
    busy.context.clear_cookies(name="sessionid")
    go_on()
    expect(busy.page.get_by_role("alert").get_by_role("link", name="Log in")).to_be_visible()
    expect(busy.message).to_have_value("One")
    expect(busy.queued.get_by_text("Not sent yet")).to_be_visible()
    busy.context.add_cookies([{"name": "sessionid", "value": cookies[0]["value"], "url": busy.url}])
    busy.reload()
    expect(busy.message).to_have_value("One")
    expect(busy.queued).to_contain_text("Two")
