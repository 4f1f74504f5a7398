"""axe finds nothing to complain about: light and dark, on a desktop and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe

from tests.browser.chat import Chat, Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.model_answers import Answer
from tests.model_replies import REPLIES
from tests.model_server import ModelServer

TITLE = "Baking Bread on Short Notice"
SCREENS: dict[str, dict[str, Any]] = {"desktop": {}, "phone": PHONE}
axe = Axe()
Look = Callable[[], None]


@pytest.fixture(params=SCREENS)
def here(request: pytest.FixtureRequest, visit: Visit, person: Person) -> Chat:
    return visit(person, **SCREENS[request.param])


@pytest.fixture
def nothing_wrong(here: Chat) -> Look:
    def look() -> None:
        here.page.emulate_media(color_scheme="light")
        assert complaints(here) == []
        # In the dark nothing but the colours is another.
        here.page.emulate_media(color_scheme="dark")
        assert complaints(here, runOnly=["color-contrast"]) == []

    return look


def complaints(chat: Chat, **options: object) -> list[tuple[str, list[str]]]:
    # A page that a click has led to may be there before its styles.
    chat.page.wait_for_load_state()
    found = axe.run(chat.page, options=options)["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def test_the_ways_in(here: Chat, nothing_wrong: Look) -> None:
    here.context.clear_cookies()
    for page in ("login", "signup", "password/reset"):
        here.page.goto(f"{here.url}/accounts/{page}/")
        nothing_wrong()
    here.page.goto(f"{here.url}/accounts/login/")
    here.page.get_by_label("Username").fill("nobody")
    here.page.get_by_label("Password").fill("wrong")
    here.page.get_by_role("button", name="Log in").click()
    expect(here.page.get_by_role("alert")).to_be_visible()
    nothing_wrong()


def test_the_account(here: Chat, nothing_wrong: Look) -> None:
    for page in ("password/change", "email", "logout"):
        here.page.goto(f"{here.url}/accounts/{page}/")
        nothing_wrong()


def test_an_empty_page(here: Chat, nothing_wrong: Look) -> None:
    here.open()
    nothing_wrong()


def test_a_long_conversation(here: Chat, person: Person, model_server: ModelServer, nothing_wrong: Look) -> None:
    said = person.say("Think, then speak [[think: Hm.]] [[say: Yes.]] [[title: A Long Conversation About It All]]")
    for number, reply in enumerate(REPLIES):
        model_server.script.append(Answer(text=reply))
        said = person.say(f"Number {number}", said.conversation, parent=said.reply)
    model_server.script.append(Answer(status=500))
    person.say("Number 5", said.conversation, parent=said.reply)
    here.open(said.conversation)
    expect(here.questions).to_have_count(6)
    nothing_wrong()


def test_a_reply_being_written(here: Chat, model_server: ModelServer, nothing_wrong: Look) -> None:
    model_server.script.append(Answer(text="one two three", ending="stall"))
    here.open().say("Slowly")
    expect(here.replies.get_by_text("one two")).to_be_visible()
    nothing_wrong()


def test_an_open_menu_and_its_dialogs(here: Chat, person: Person, nothing_wrong: Look) -> None:
    here.open(person.say(f"Hello [[title: {TITLE}]]").conversation)
    show_sidebar(here)
    here.options(TITLE)
    nothing_wrong()
    here.page.keyboard.press("Escape")
    for act in ("Rename", "Export", "Tags…"):
        here.options(TITLE)
        here.menu.get_by_role("menuitem", name=act).click()
        expect(here.page.get_by_role("dialog")).to_be_visible()
        nothing_wrong()
        here.page.get_by_role("dialog").get_by_role("button", name=re.compile("Cancel|Close")).click()


def test_the_sidebar_with_the_account_menu_open(here: Chat, person: Person, nothing_wrong: Look) -> None:
    person.say("Hello")
    here.open()
    show_sidebar(here)
    nothing_wrong()
    here.page.get_by_text(person.username, exact=True).click()
    expect(here.page.get_by_role("button", name="Log out")).to_be_visible()
    nothing_wrong()


def test_the_settings(here: Chat, nothing_wrong: Look) -> None:
    here.page.goto(f"{here.url}/settings/")
    here.page.get_by_role("radio", name="Ctrl + Enter").check()
    expect(here.page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    nothing_wrong()


def test_a_queued_message_and_the_shortcuts(here: Chat, nothing_wrong: Look) -> None:
    here.open().say("Slowly [[hang]]")
    here.message.fill("And then?")
    here.send.click()
    expect(here.queued).to_be_visible()
    nothing_wrong()
    here.page.get_by_role("group", name="Conversation", exact=True).focus()
    here.page.keyboard.press("?")
    expect(here.page.get_by_role("dialog")).to_be_visible()
    nothing_wrong()


def test_a_diagram(here: Chat, person: Person, model_server: ModelServer, guard: Guard, nothing_wrong: Look) -> None:
    # axe would like to talk to the frame, which has no origin.
    guard.expect("Failed to execute 'postMessage'")
    text = "```mermaid\nflowchart LR\n  A --> B\n```\n\n```mermaid\nnothing of that kind\n```"
    model_server.script.append(Answer(text=text))
    here.open(person.say("Draw").conversation)
    expect(here.page.get_by_role("button", name="Show code")).to_be_visible()
    expect(here.page.get_by_text("This diagram could not be drawn.")).to_be_visible()
    nothing_wrong()


def test_no_connection(here: Chat, nothing_wrong: Look) -> None:
    # Or it would go on by itself in the midst of it.
    here.page.route("**/healthz", lambda _: None)
    here.page.goto(f"{here.url}/offline/")
    expect(here.page.get_by_role("link", name="Try again")).to_be_visible()
    nothing_wrong()


def test_what_is_not_there(here: Chat, guard: Guard, nothing_wrong: Look) -> None:
    guard.expect("status of 404")
    here.page.goto(f"{here.url}/c/00000000-0000-4000-8000-000000000000/")
    nothing_wrong()


def show_sidebar(chat: Chat) -> None:
    opener = chat.page.get_by_role("button", name="Open conversations")
    if opener.is_visible():
        opener.click()
        expect(chat.navigation).to_be_in_viewport()
