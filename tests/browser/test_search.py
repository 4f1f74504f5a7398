"""Searching as one types, on a desktop and on a phone, with the keyboard and without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.chat import Chat, Locator, Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.guard import Guard
from tests.browser.people import People, Person
from tests.browser.test_accessibility import complaints, show_sidebar
from tests.browser.test_hostile import MARKUP
from tests.conversations.kept import wait_for
from tests.model_answers import Answer
from tests.model_server import ModelServer

if TYPE_CHECKING:
    from playwright.sync_api import Route


def box(chat: Chat) -> Locator:
    return chat.page.get_by_role("searchbox", name="Search conversations")


def results(chat: Chat) -> Locator:
    return chat.page.get_by_role("list", name="Search results")


def hits(chat: Chat) -> Locator:
    return results(chat).get_by_role("link")


@pytest.fixture
def told(person: Person, model_server: ModelServer) -> str:
    """A conversation with somewhat more than fits on a screen; its id."""
    model_server.script.append(Answer(text="Puffins nest in burrows."))
    model_server.titles.append(Answer(text="Birds of the Northern Sea"))
    said = person.say("Where do puffins nest?")
    for number in range(6):
        said = person.say(f"Tell me more {number}", said.conversation, parent=said.reply)
    return said.conversation


def test_hits_take_the_place_of_the_list_as_one_types(chat: Chat, told: str) -> None:
    chat.reload()
    box(chat).press_sequentially("puff")
    expect(hits(chat)).to_have_count(2)
    expect(results(chat).locator("mark")).to_have_text(["Puff", "puff"])
    expect(chat.navigation).to_be_hidden()
    expect(chat.page.get_by_role("status").filter(has_text="2 hits")).to_have_count(1)
    assert results(chat).evaluate("list => list.closest('nav')") is None
    box(chat).press_sequentially("erfish")
    expect(chat.page.get_by_text("Nothing found. Each word")).to_be_visible()
    box(chat).fill("birds")
    expect(hits(chat)).to_have_count(1)
    expect(hits(chat)).to_contain_text("Birds of the Northern Sea")
    box(chat).press("Escape")
    expect(chat.navigation).to_be_visible()
    expect(results(chat)).to_have_count(0)
    expect(box(chat)).to_have_value("")
    expect(box(chat)).to_be_focused()


def test_it_can_be_had_again_after_the_connection_was_lost(chat: Chat, told: str, guard: Guard) -> None:
    guard.expect("net::ERR_")
    chat.reload()
    chat.page.route("**/search.*.js", lambda route: route.abort())
    with chat.page.expect_event("requestfailed"):
        box(chat).press_sequentially("puf")
    chat.page.unroute("**/search.*.js")
    box(chat).press_sequentially("f")
    expect(hits(chat)).to_have_count(2)


def test_what_was_typed_while_it_could_not_be_had_is_found_without_another_key(
    chat: Chat, told: str, guard: Guard
) -> None:
    guard.expect("net::ERR_")
    chat.reload()
    asked: list[Route] = []

    def keep(route: Route) -> None:
        asked.append(route)

    chat.page.route("**/search.*.js", keep, times=1)
    box(chat).press_sequentially("puff")
    wait_for(lambda: box(chat).input_value() == "puff" and asked)
    asked[0].abort()
    expect(hits(chat)).to_have_count(2)


def test_a_hit_opens_the_message_where_it_was_said(chat: Chat, told: str) -> None:
    chat.reload()
    box(chat).fill("burrows")
    hits(chat).click()
    expect(chat.questions).to_have_count(7)
    reply = chat.replies.first
    expect(reply).to_contain_text("Puffins nest in burrows.")
    expect(reply).to_be_in_viewport()
    expect(reply).to_be_focused()
    chat.ask("Thank you")
    expect(chat.questions).to_have_count(8)


def test_the_keyboard_goes_through_the_hits(chat: Chat, told: str) -> None:
    chat.reload()
    box(chat).fill("puffins")
    expect(hits(chat)).to_have_count(2)
    press = chat.page.keyboard.press
    press("ArrowDown")
    expect(hits(chat).nth(0)).to_be_focused()
    press("ArrowDown")
    expect(hits(chat).nth(1)).to_be_focused()
    press("ArrowUp")
    press("ArrowUp")
    expect(box(chat)).to_be_focused()
    press("ArrowDown")
    press("Enter")
    expect(chat.replies.first).to_be_focused()


def test_the_last_question_wins_whatever_answers_last(chat: Chat, told: str) -> None:
    chat.reload()
    asked: list[Route] = []

    def keep(route: Route) -> None:
        asked.append(route)

    chat.page.route("**/search/?q=puff&**", keep)
    with chat.page.expect_request("**/search/?q=puff&**"):
        box(chat).fill("puff")
    box(chat).fill("birds")
    expect(hits(chat)).to_have_count(1)
    for route in asked:
        route.fulfill(body="<div class=found data-count=9>late</div>", content_type="text/html")
    expect(hits(chat)).to_contain_text("Birds of the Northern Sea")


def test_more_hits_come_below_the_first(chat: Chat, person: Person, model_server: ModelServer) -> None:
    model_server.script.append(Answer(text="A heron"))
    model_server.titles.append(Answer(text="Birds of the Northern Sea"))
    said = person.say("Heron number 0")
    for number in range(1, 12):
        model_server.script.append(Answer(text="A heron"))
        said = person.say(f"Heron number {number}", said.conversation, parent=said.reply)
    chat.reload()
    box(chat).fill("heron")
    more = chat.page.get_by_role("link", name="Show more")
    expect(more).to_be_visible()
    first = results(chat).get_by_role("listitem").count()
    more.click()
    expect(more).to_have_count(0)
    expect(results(chat).get_by_role("listitem")).to_have_count(first + 4)
    expect(hits(chat).nth(first)).to_be_focused()


def test_in_the_drawer_of_a_phone(phone: Chat, told: str) -> None:
    phone.reload()
    phone.page.get_by_role("button", name="Open conversations").tap()
    large = box(phone).bounding_box()
    assert large
    assert large["height"] > 43.9
    box(phone).tap()
    box(phone).press_sequentially("burrows")
    expect(hits(phone)).to_have_count(1)
    phone.page.keyboard.press("Escape")
    expect(phone.navigation).to_be_visible()
    box(phone).fill("burrows")
    hits(phone).tap()
    expect(phone.replies.first).to_be_in_viewport()
    expect(phone.page.get_by_role("button", name="Open conversations")).to_be_visible()


def test_two_people_find_their_own(visit: Visit, chat: Chat, told: str, people: People) -> None:
    other = visit(people.somebody()).open()
    box(other).fill("puffins")
    expect(other.page.get_by_text("Nothing found. Each word")).to_be_visible()


def test_hostile_titles_and_texts_are_text(chat: Chat, person: Person, model_server: ModelServer) -> None:
    model_server.script.append(Answer(text=f"hostile {MARKUP}"))
    conversation = person.say(f"hostile {MARKUP}").conversation
    person.post(f"/c/{conversation}/rename/", {"title": f"hostile {MARKUP}"})
    chat.reload()
    box(chat).fill("hostile hacked")
    expect(hits(chat)).to_have_count(3)
    assert results(chat).locator("img, script, [onerror]").count() == 0
    chat.page.goto(f"{chat.url}/search/?q=hostile+<img src=x onerror=hacked=1>")
    assert chat.page.locator("img, main script").count() == 0
    assert chat.page.evaluate("typeof hacked") == "undefined"


def test_without_scripts_it_is_a_form_and_a_page(visit: Visit, person: Person, told: str) -> None:
    plain = visit(person, java_script_enabled=False).open()
    box(plain).fill("puffins")
    box(plain).press("Enter")
    expect(plain.page).to_have_url(f"{plain.url}/search/?q=puffins")
    expect(hits(plain)).to_have_count(2)
    hits(plain).first.click()
    expect(plain.replies.first).to_contain_text("Puffins nest in burrows.")


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_axe_has_nothing_to_say(visit: Visit, person: Person, told: str, options: dict[str, Any]) -> None:
    chat = visit(person, **options, reduced_motion="reduce").open()
    show_sidebar(chat)
    box(chat).fill("puffins")
    expect(hits(chat)).to_have_count(2)
    for page in ("here", f"{chat.url}/search/?q=puffins", f"{chat.url}/search/"):
        if page != "here":
            chat.page.goto(page)
        chat.page.emulate_media(color_scheme="light")
        assert complaints(chat) == []
        chat.page.emulate_media(color_scheme="dark")
        assert complaints(chat, runOnly=["color-contrast"]) == []
