"""What goes wrong is said in one sentence, and nothing that was typed is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL, get_errno
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.browser.test_arrived import is_message
from tests.browser.wire import Wire
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.site import PASSWORD, Site

if TYPE_CHECKING:
    from playwright.sync_api import Request

SENTENCES = {
    401: "The model server refused the token.",
    404: "This model is not available.",
    500: "The model server is busy or out of order.",
}


@contextmanager
def store_away(site: Site) -> Iterator[None]:
    store, aside = site.var / "store", site.var / "store-aside"
    store.mkdir(exist_ok=True)
    aside.write_text("a file is no folder")
    exchange(store, aside)
    try:
        yield
    finally:
        exchange(store, aside)
        aside.unlink()


def exchange(one: Path, other: Path) -> None:
    """At once: whoever writes just then would make the folder anew where there is none."""
    here, both = -100, 2
    if CDLL(None, use_errno=True).renameat2(here, bytes(one), here, bytes(other), both):
        raise OSError(get_errno(), "two paths could not be exchanged")


@pytest.mark.parametrize("status", SENTENCES)
def test_a_model_server_that_refuses_is_told_and_retry_asks_again(
    chat: Chat, model_server: ModelServer, status: int
) -> None:
    model_server.script.append(Answer(status=status))
    chat.ask("Is anybody there?")
    retry = chat.replies.get_by_role("button", name="Retry")
    expect(retry).to_be_visible()
    expect(chat.replies.get_by_text(SENTENCES[status])).to_be_visible()
    assert "upstream says" not in chat.log.inner_text()
    expect(chat.questions).to_contain_text("Is anybody there?")
    chat.reload()
    expect(chat.questions).to_contain_text("Is anybody there?")
    retry.click()
    expect(chat.answered().get_by_role("button", name="Copy reply")).to_be_visible()
    expect(retry).to_be_hidden()
    for _ in "ab":
        expect(chat.questions).to_have_count(1)
        expect(chat.replies).to_have_count(1)
        chat.reload()


def test_the_time_to_wait_is_told_where_it_is_known(chat: Chat, model_server: ModelServer) -> None:
    model_server.script.append(Answer(status=429, headers={"Retry-After": "30"}))
    reply = chat.ask("Is anybody there?")
    expect(reply.get_by_text("too many requests. Please wait 30 seconds and try again.")).to_be_visible()
    chat.reload()
    expect(chat.replies.get_by_text("Please wait a moment and try again.")).to_be_visible()


def test_a_model_server_that_hangs_up_in_the_middle_leaves_what_it_said(chat: Chat) -> None:
    reply = chat.ask("Go on [[slow 0.01]] [[say: one two three four five six seven eight]] [[die 4]]")
    expect(reply).to_contain_text("one two three four")
    chat.reload()
    expect(chat.replies).to_contain_text("one two three four")
    expect(chat.replies.get_by_role("button", name=re.compile("Retry|Regenerate"))).to_be_visible()


def test_after_a_failure_one_can_just_go_on(chat: Chat, model_server: ModelServer) -> None:
    model_server.script.append(Answer(status=500))
    chat.ask("Is anybody there?")
    reply = chat.ask("And now? [[say: Here I am.]]")
    expect(reply).to_contain_text("Here I am.")
    chat.reload()
    expect(chat.questions).to_have_count(2)
    expect(chat.replies.last).to_contain_text("Here I am.")


def test_with_the_store_away_the_text_comes_back_to_the_box(chat: Chat, site: Site, guard: Guard) -> None:
    guard.expect("status of 503")
    chat.ask("Hello there [[title: A Talk Before the Outage]]")
    expect(chat.heading).to_have_text("A Talk Before the Outage")
    posted: list[Request] = []
    chat.page.on("request", lambda request: posted.append(request) if is_message(request) else None)
    with store_away(site):
        chat.message.fill("Please keep this")
        chat.message.press("Enter")
        expect(chat.page.get_by_role("alert").filter(has_text="storage cannot be reached")).to_be_visible()
        expect(chat.message).to_have_value("Please keep this")
        expect(chat.questions).to_have_count(1)
        expect(chat.stop).to_be_hidden()
    chat.message.press("Enter")
    expect(chat.questions).to_have_count(2)
    expect(chat.page.get_by_role("alert").filter(has_text="storage cannot be reached")).to_have_count(0)
    chat.answered()
    # What was refused may have arrived all the same: under one id it is one message.
    first, second = (json.loads(request.post_data or "")["message"] for request in posted)
    assert first == second
    chat.reload()
    expect(chat.questions).to_have_count(2)


def test_with_the_store_away_a_first_message_comes_back_too(chat: Chat, site: Site, guard: Guard) -> None:
    guard.expect("status of 503")
    with store_away(site):
        chat.message.fill("Please keep this")
        chat.message.press("Enter")
        expect(chat.page.get_by_role("alert").filter(has_text="storage cannot be reached")).to_be_visible()
        expect(chat.message).to_have_value("Please keep this")
        expect(chat.page.get_by_role("list", name="Ideas to begin with")).to_be_visible()
        expect(chat.rows).to_have_count(0)
    chat.message.press("Enter")
    expect(chat.rows).to_have_count(1)
    chat.answered()


def test_signed_out_in_the_meantime_the_text_waits_behind_the_log_in(chat: Chat, person: Person, guard: Guard) -> None:
    guard.expect("status of 401")
    chat.ask("Hello there [[title: A Talk Before Signing Out]]")
    address = chat.page.url
    chat.context.clear_cookies(name="sessionid")
    chat.message.fill("Please keep this")
    chat.message.press("Enter")
    alert = chat.page.get_by_role("alert").filter(has_text="You are not signed in any more")
    expect(alert).to_be_visible()
    expect(chat.message).to_have_value("Please keep this")
    alert.get_by_role("link", name="Log in").click()
    chat.page.get_by_label("Username").fill(person.username)
    chat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    chat.page.get_by_role("button", name="Log in").click()
    expect(chat.page).to_have_url(address)
    expect(chat.message).to_have_value("Please keep this")
    chat.ask("And off it goes [[say: Welcome back.]]")


def test_a_site_out_of_reach_is_told_and_the_text_kept(visit: Visit, site: Site, person: Person, guard: Guard) -> None:
    guard.expect("net::ERR_")
    with Wire(site.port) as wire:
        chat = visit(person, at=wire.url)
        chat.page.clock.install()
        chat.open()
        wire.cut()
        chat.message.fill("Please keep this")
        # It tries four times: there the clock stands, so that none of them is lost before this has been seen.
        chat.page.clock.pause_at(chat.page.evaluate("Date.now()") + 60_000)
        chat.message.press("Enter")
        expect(chat.questions).to_contain_text("Please keep this")
        expect(chat.replies.get_by_text("Reconnecting…")).to_be_visible()
        wire.mend()
        chat.page.clock.resume()
        chat.answered()
        expect(chat.questions).to_have_count(1)
        expect(chat.rows).to_have_count(1)
