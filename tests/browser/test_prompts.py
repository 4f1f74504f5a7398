"""The user's own prompts: a list above the message box while a command is typed there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.chat import Chat, Locator, Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.browser.test_accessibility import complaints
from tests.browser.test_composer import COMPOSED_ENTER

if TYPE_CHECKING:
    from playwright.sync_api import Route

TRANSLATE = "Translate this into {{language}}, for {{reader}}:\n\n"
LIBRARY = "/settings/prompts/"


def keep(person: Person, command: str, text: str = "A text.") -> None:
    answer = person.post(LIBRARY, {"command": command, "text": text})
    assert answer.status_code == 204, answer.text


@pytest.fixture
def owner(person: Person) -> Person:
    for command, text in (("translate", TRANSLATE), ("summary", "Sum this up:"), ("tidy", "Tidy this up:")):
        keep(person, command, text)
    return person


@pytest.fixture
def box(owner: Person, visit: Visit) -> Chat:
    return visit(owner).open()


def options(chat: Chat) -> Locator:
    return chat.page.get_by_role("listbox", name="Your prompts").get_by_role("option")


def selected(chat: Chat) -> str:
    text: str = chat.message.evaluate("box => box.value.slice(box.selectionStart, box.selectionEnd)")
    return text


def active(chat: Chat) -> Locator:
    """The option a screen reader is at."""
    number = chat.message.get_attribute("aria-activedescendant")
    return chat.page.locator(f"#{number}[aria-selected=true]")


def test_a_slash_opens_the_list_and_what_is_typed_narrows_it(box: Chat) -> None:
    loaded = "performance.getEntriesByType('resource').some(({name}) => name.includes('prompts'))"
    assert not box.page.evaluate(loaded)
    box.message.press("/")
    expect(options(box)).to_have_text([re.compile("^/summary"), re.compile("^/tidy"), re.compile("^/translate")])
    expect(active(box)).to_contain_text("/summary")
    box.message.press_sequentially("T")
    expect(options(box)).to_have_count(2)
    box.message.press_sequentially("r")
    expect(options(box)).to_have_text(re.compile("/translate"))
    expect(box.page.get_by_role("status").filter(has_text="1 prompt")).to_have_count(1)
    box.message.press_sequentially("x")
    expect(options(box)).to_have_count(0)
    expect(box.message).not_to_have_attribute("aria-activedescendant", re.compile("."))
    expect(box.message).to_have_accessible_name("Message")


def test_arrows_go_round_and_enter_chooses(box: Chat) -> None:
    box.message.press("/")
    expect(options(box)).to_have_count(3)
    for key, command in (("ArrowDown", "/tidy"), ("ArrowUp", "/summary"), ("ArrowUp", "/translate")):
        box.message.press(key)
        expect(active(box)).to_contain_text(command)
    box.message.press("ArrowDown")
    box.message.press("Enter")
    expect(box.message).to_have_value("Sum this up:")
    expect(options(box)).to_have_count(0)
    expect(box.questions).to_have_count(0)
    box.message.press_sequentially(" words")
    box.message.press("Enter")
    expect(box.questions).to_contain_text("Sum this up: words")


def test_places_are_filled_in_one_after_the_other(box: Chat) -> None:
    box.message.press_sequentially("/tr")
    expect(options(box)).to_have_count(1)
    box.message.press("Tab")
    expect(box.message).to_have_value(TRANSLATE)
    assert selected(box) == "{{language}}"
    box.message.press_sequentially("Greek")
    box.message.press("Tab")
    assert selected(box) == "{{reader}}"
    box.message.press_sequentially("a child")
    expect(box.message).to_have_value(TRANSLATE.replace("{{language}}", "Greek").replace("{{reader}}", "a child"))
    box.message.press("Tab")
    expect(box.message).not_to_be_focused()


def test_places_may_be_left_and_tab_leads_on_behind_the_last(box: Chat) -> None:
    box.message.press_sequentially("/tr")
    expect(options(box)).to_have_count(1)
    box.message.press("Enter")
    box.message.press("Tab")
    assert selected(box) == "{{reader}}"
    box.message.press("Tab")
    expect(box.message).not_to_be_focused()
    box.message.press("Enter")
    expect(box.questions).to_contain_text("{{language}}, for {{reader}}")
    box.message.fill("Mine has {{braces}} too")
    box.message.press("Home")
    box.message.press("Tab")
    expect(box.message).not_to_be_focused()


def test_what_was_added_elsewhere_comes_and_what_one_is_at_stays(box: Chat, owner: Person) -> None:
    box.message.press("/")
    expect(options(box)).to_have_count(3)
    box.message.fill("")
    held: list[Route] = []
    box.page.route(f"**{LIBRARY}", lambda route: held.extend([route]))
    with box.page.expect_request(f"**{LIBRARY}"):
        box.message.press("/")
    expect(options(box)).to_have_count(3)
    box.message.press("ArrowDown")
    with box.page.expect_response(f"**{LIBRARY}"):
        held.pop().continue_()
    box.message.press("ArrowDown")
    expect(active(box)).to_contain_text("/translate")
    box.page.unroute(f"**{LIBRARY}")
    keep(owner, "another")
    box.message.fill("")
    box.message.press("/")
    expect(options(box)).to_have_count(4)


def test_a_click_chooses_and_the_draft_is_kept(box: Chat) -> None:
    box.message.press("/")
    options(box).filter(has_text="/tidy").click()
    expect(box.message).to_have_value("Tidy this up:")
    expect(box.message).to_be_focused()
    expect(box.send).to_be_enabled()
    box.reload()
    expect(box.message).to_have_value("Tidy this up:")


def test_escape_closes_the_list_and_does_not_stop_the_reply(box: Chat) -> None:
    box.say("Slowly [[hang]]")
    expect(box.stop).to_be_visible()
    box.message.press_sequentially("/t")
    expect(options(box)).to_have_count(2)
    box.message.press("Escape")
    expect(options(box)).to_have_count(0)
    expect(box.stop).to_be_visible()
    box.message.press_sequentially("i")
    expect(options(box)).to_have_count(0)
    box.message.press("Escape")
    expect(box.stop).to_be_hidden()
    expect(box.message).to_have_value("/ti")
    box.message.fill("")
    box.message.press("/")
    expect(options(box)).to_have_count(3)


def test_prompts_are_chosen_while_a_reply_streams(box: Chat) -> None:
    box.say(f"Slowly [[slow 0.5]] [[say: {'word ' * 100}]]")
    expect(box.replies.get_by_text("word")).to_be_visible()
    box.message.press_sequentially("/su")
    expect(options(box)).to_have_count(1)
    box.message.press("Enter")
    expect(box.message).to_have_value("Sum this up:")
    expect(box.questions).to_have_count(1)
    box.message.press("Enter")
    expect(box.queued).to_contain_text("Sum this up:")


def test_what_is_no_command_is_sent_as_it_is(box: Chat) -> None:
    box.message.press("/")
    expect(options(box)).to_have_count(3)
    box.message.press_sequentially("shrug")
    expect(options(box)).to_have_count(0)
    box.message.press("Enter")
    expect(box.questions).to_contain_text("/shrug")
    box.answered()
    box.message.fill("What is /t")
    expect(options(box)).to_have_count(0)
    box.message.fill("/tidy the room")
    expect(options(box)).to_have_count(0)
    box.message.press("Enter")
    expect(box.questions.last).to_contain_text("/tidy the room")


def test_a_composition_is_left_alone(box: Chat) -> None:
    box.message.press_sequentially("/t")
    expect(options(box)).to_have_count(2)
    box.message.evaluate(COMPOSED_ENTER)
    expect(box.message).to_have_value("/t")
    expect(options(box)).to_have_count(2)
    expect(box.questions).to_have_count(0)


def test_the_send_button_sends_what_is_typed(box: Chat) -> None:
    box.message.press_sequentially("/ti")
    expect(options(box)).to_have_count(1)
    box.send.click()
    expect(box.questions).to_contain_text("/ti")
    expect(options(box)).to_have_count(0)


def test_with_no_prompts_there_is_a_way_to_the_first(chat: Chat) -> None:
    chat.message.press("/")
    link = chat.page.get_by_role("link", name="Add your prompts")
    expect(link).to_be_visible()
    assert complaints(chat) == []
    chat.message.press_sequentially("me")
    expect(link).to_be_hidden()
    chat.message.fill("/")
    link.click()
    chat.page.get_by_role("button", name=re.compile("^Add .translate")).click()
    expect(chat.page.get_by_role("list", name="Prompts").get_by_role("link")).to_contain_text("/translate")
    chat.open()
    chat.message.fill("/")
    expect(options(chat)).to_contain_text("/translate")


def test_when_they_cannot_be_had_it_says_so_and_the_message_can_be_sent(box: Chat, guard: Guard) -> None:
    guard.expect("ERR_FAILED")
    box.page.route(f"**{LIBRARY}", lambda route: route.abort())
    box.message.press("/")
    expect(box.page.get_by_text("Your prompts cannot be shown.").first).to_be_visible()
    box.message.press("Enter")
    expect(box.questions).to_have_text(re.compile("/"))
    box.answered()
    box.page.unroute(f"**{LIBRARY}")
    box.message.press("/")
    expect(options(box)).to_have_count(3)


def test_a_long_list_stays_on_a_phone(person: Person, visit: Visit) -> None:
    for number in range(60):
        keep(person, f"prompt-{number:03}", "Something " * 200)
    phone = visit(person, **PHONE).open()
    phone.message.tap()
    phone.message.press_sequentially("/")
    expect(options(phone)).to_have_count(60)
    panel = phone.page.locator(".prompt-list").bounding_box()
    card = phone.page.locator(".composer-card").bounding_box()
    assert panel
    assert card
    assert panel["y"] >= 0
    assert panel["y"] + panel["height"] <= card["y"]
    assert (panel["x"], panel["x"] + panel["width"]) == (card["x"], card["x"] + card["width"])
    first = options(phone).first.bounding_box()
    assert first
    assert first["height"] >= 44
    phone.message.press("ArrowUp")
    expect(options(phone).last).to_be_in_viewport(ratio=1)
    phone.page.set_viewport_size({"width": 844, "height": 300})
    phone.message.press("ArrowDown")
    expect(options(phone).first).to_be_in_viewport(ratio=1)
    options(phone).nth(1).tap()
    expect(phone.message).to_have_value("Something " * 200)
    expect(phone.message).to_be_focused()


def test_on_a_phone_a_tap_takes_the_whole_place(owner: Person, visit: Visit) -> None:
    phone = visit(owner, **PHONE).open()
    phone.message.tap()
    phone.message.press_sequentially("/tr")
    options(phone).tap()
    assert selected(phone) == "{{language}}"
    phone.message.press_sequentially("Greek")
    phone.message.evaluate("box => box.setSelectionRange(box.value.indexOf('reader'), box.value.indexOf('reader'))")
    phone.message.dispatch_event("click")
    assert selected(phone) == "{{reader}}"
