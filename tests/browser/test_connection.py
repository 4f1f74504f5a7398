"""Lost and found again, reloaded, in two tabs at once: what is shown is what was said, and nothing of it goes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import pairwise

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.browser.test_announcements import HEAR
from tests.browser.wire import Wire
from tests.conversations import kept
from tests.conversations.asked import let_go_on, request_for
from tests.model_server import ModelServer
from tests.site import Site

WORDS = " ".join(f"word{n:02}" for n in range(40))
SLOW = f"Tell me some words [[slow 0.15]] [[hold 5]] [[say: {WORDS}]]"
STOPPED = "You stopped this reply."


def body(chat: Chat) -> str:
    return (chat.replies.last.locator("[data-part=body]").text_content() or "").strip()


def grew(chat: Chat) -> bool:
    """Whether all that was ever shown of the reply still was whenever more was."""
    return all(after.startswith(before) for before, after in pairwise(chat.texts))


@contextmanager
def offline(chat: Chat, wire: Wire) -> Iterator[None]:
    """The browser knows that it has no network. What it had open before breaks elsewhere: it lets that be."""
    session = chat.context.new_cdp_session(chat.page)
    throughput = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": True, **throughput})
    wire.cut()
    wire.mend()
    yield
    session.send("Network.emulateNetworkConditions", {"offline": False, **throughput})


@contextmanager
def unplugged(chat: Chat, wire: Wire) -> Iterator[None]:
    """The browser has a network, but the site is not to be found in it."""
    wire.cut()
    yield
    wire.mend()


@pytest.fixture
def wire(site: Site, guard: Guard) -> Iterator[Wire]:
    guard.expect("net::ERR_")
    with Wire(site.port) as wire:
        yield wire


@pytest.mark.parametrize("lost", [offline, unplugged])
def test_five_seconds_without_a_network_cost_no_word(
    visit: Visit,
    person: Person,
    wire: Wire,
    model_server: ModelServer,
    lost: Callable[[Chat, Wire], AbstractContextManager[None]],
) -> None:
    chat = visit(person, at=wire.url).open()
    text = f"{lost.__name__}: {SLOW}"
    chat.say(text)
    expect(chat.replies).to_contain_text("word03")
    chat.record_texts()
    talk = request_for(model_server, text)
    with lost(chat, wire):
        talk.may_go_on.set()
        expect(chat.replies.get_by_text("Reconnecting…")).to_be_visible()
        expect(chat.page.get_by_role("alert")).to_have_count(0)
        expect(chat.stop).to_be_visible()
        kept.wait_for(lambda: talk.sent >= 38)
        assert WORDS.startswith(body(chat))
        assert body(chat) != WORDS
    reply = chat.answered()
    expect(reply.get_by_text("Reconnecting…")).to_be_hidden()
    assert body(chat) == WORDS
    assert grew(chat)
    chat.reload()
    assert body(chat) == WORDS
    expect(chat.questions).to_have_count(1)
    expect(chat.replies).to_have_count(1)


def test_who_listens_hears_once_that_the_connection_is_lost(
    visit: Visit, person: Person, wire: Wire, model_server: ModelServer
) -> None:
    chat = visit(person, at=wire.url).open()
    text = f"Once [[hold 5]] [[say: {WORDS}]]"
    chat.say(text)
    expect(chat.replies).to_contain_text("word03")
    chat.page.evaluate(HEAR)
    with unplugged(chat, wire):
        for _ in range(3):
            # It is tried again and again, each time after a longer pause.
            chat.page.wait_for_event("requestfailed", lambda request: "/replies/" in request.url)
        let_go_on(model_server, text)
    chat.answered()
    expect(chat.page.get_by_role("status").filter(has_text="The reply is done.")).to_be_attached()
    heard = [text for text, _ in chat.page.evaluate("heard")]
    assert heard.count("Reconnecting.") == 1


def test_three_reloads_in_a_row_show_the_reply_still_growing(chat: Chat, model_server: ModelServer) -> None:
    text = f"Three times [[slow 0.05]] [[hold 5]] [[say: {WORDS}]]"
    chat.say(text)
    expect(chat.replies).to_contain_text("word03")
    before = body(chat)
    for _ in range(3):
        chat.page.reload(wait_until="domcontentloaded")
    chat.record_texts()
    expect(chat.stop).to_be_visible()
    let_go_on(model_server, text)
    chat.answered()
    assert body(chat) == WORDS
    assert grew(chat)
    assert chat.texts[0].startswith(before)
    expect(chat.questions).to_have_count(1)
    expect(chat.replies).to_have_count(1)


def test_a_stop_in_one_tab_ends_the_reply_everywhere_and_it_never_grows_back(
    chat: Chat, site: Site, model_server: ModelServer
) -> None:
    text = f"Stop me there [[hold 10]] [[say: {WORDS}]]"
    chat.say(text)
    expect(chat.replies).to_contain_text("word03")
    second = Chat(chat.context.new_page(), chat.url).open(chat.id)
    expect(second.replies).to_contain_text("word05")
    second.stop.click()
    assert request_for(model_server, text).gone.wait(30)
    for tab in (chat, second):
        expect(tab.answered().get_by_text(STOPPED)).to_be_visible()
    (stored,) = kept.texts(site, chat.id, "assistant")
    assert WORDS.startswith(stored)
    assert stored != WORDS
    for _ in "ab":
        assert body(chat) == body(second) == stored.strip()
        chat.reload()
        second.reload()
        expect(second.replies.get_by_text(STOPPED)).to_be_visible()
    assert kept.texts(site, chat.id, "assistant") == [stored]


def test_two_tabs_that_send_at_once_are_both_heard_and_both_answered(chat: Chat, site: Site) -> None:
    """As two branches, or one after the other where the second tab has seen the first in time."""
    chat.ask("Hello there [[say: Good day.]]")
    second = Chat(chat.context.new_page(), chat.url).open(chat.id)
    tabs = {"left": chat, "right": second}
    for side, tab in tabs.items():
        tab.message.fill(f"To the {side} [[slow 0.05]] [[say: one two three {side}]]")
    for tab in tabs.values():
        tab.send.click()
    for side in tabs:
        kept.wait_for(lambda said=f"one two three {side}": said in kept.texts(site, chat.id, "assistant"))  # type: ignore[misc]
    for _ in "ab":
        for tab in tabs.values():
            tab.answered()
        kept.wait_for(lambda: chat.questions.count() == second.questions.count() and body(chat) == body(second))
        side = "left" if "left" in body(chat) else "right"
        for tab in tabs.values():
            expect(tab.questions.last).to_contain_text(f"To the {side}")
            tab.reload()
    messages = kept.messages(site, chat.id)
    assert len(messages) == 6
    for side in tabs:
        (question,) = [one["id"] for one in messages.values() if one["text"].startswith(f"To the {side}")]
        (reply,) = [one["text"] for one in messages.values() if one["parent"] == question]
        assert reply == f"one two three {side}"
    chat.ask("And on? [[say: and on]]")
    expect(second.replies).to_have_count(chat.replies.count())
