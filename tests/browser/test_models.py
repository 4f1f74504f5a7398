"""Choosing who answers, and how."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.browser.chat import Chat, Locator, Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.guard import Guard
from tests.browser.people import People
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.site import Site, running

EVIL = "<img src=x onerror=alert(1)>"
ROUTER = [
    {
        "id": "google/gemma-2-9b-it",
        "providers": [
            {"provider": "nebius", "context_length": 8192, "pricing": {"input": 0.03, "output": 0.09}},
            {"provider": "groq", "context_length": 8192},
        ],
    },
    {"id": f"org/{EVIL}", "providers": [{"provider": "<b>evil</b>", "context_length": 4096}]},
]
PHONES = pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, People]]:
    """A site with the router and another server, which has room for little."""
    with ExitStack() as stack:
        router, small = stack.enter_context(ModelServer()), stack.enter_context(ModelServer())
        router.models = json.dumps({"data": ROUTER})
        small.models = json.dumps({"data": [{"id": "tiny", "max_model_len": 1024}]})
        settings = {"HF_TOKEN": "hf_x", "HF_ROUTER_URL": router.base_url, "LLM_ENDPOINTS": f"small={small.base_url}"}
        site = stack.enter_context(running(tmp_path_factory.mktemp("many"), **settings))
        yield site, People(site)


@pytest.fixture
def talk(many: tuple[Site, People], visit: Visit) -> Chat:
    site, people = many
    return visit(people.somebody(), at=site.url).open()


def model(chat: Chat) -> Locator:
    return chat.page.get_by_role("button", name="Model:")


def picker(chat: Chat) -> Locator:
    model(chat).click()
    dialog = chat.page.get_by_role("dialog", name="Choose a model")
    expect(dialog.get_by_role("searchbox", name="Search models")).to_be_focused()
    return dialog


def tuning(chat: Chat) -> Locator:
    chat.page.get_by_role("button", name="Settings of this chat").click()
    dialog = chat.page.get_by_role("dialog", name="Settings of this chat")
    expect(dialog.get_by_label("Temperature")).to_be_visible()
    return dialog


@PHONES
def test_a_new_chat_begins_with_the_model_that_was_chosen(visit: Visit, people: People, device: dict[str, Any]) -> None:
    chat = visit(people.somebody(), **device).open()
    expect(model(chat)).to_have_accessible_name("Model: test-model")
    picker(chat).locator("[data-name='other-model']").first.click()
    expect(model(chat)).to_have_accessible_name("Model: other-model")
    chat.ask("Hello")
    expect(chat.page.get_by_role("article", name="other-model said")).to_be_visible()
    chat.reload()
    expect(model(chat)).to_have_accessible_name("Model: other-model")


def test_in_mid_conversation_another_one_goes_on(chat: Chat) -> None:
    chat.ask("Hello")
    picker(chat).locator("[data-name='other-model']").first.click()
    expect(chat.page.get_by_role("status").filter(has_text="other-model answers from now on.")).to_have_count(1)
    chat.ask("And you?")
    for n, name in enumerate(["test-model", "other-model"]):
        expect(chat.replies.nth(n)).to_have_accessible_name(f"{name} said")


def test_models_are_found_by_typing_and_chosen_by_keyboard(talk: Chat) -> None:
    dialog = picker(talk)
    search = dialog.get_by_role("searchbox")
    search.fill("small ti")
    expect(dialog.get_by_role("status")).to_have_text("1 model")
    expect(dialog.locator(".picker-option")).to_have_count(1)
    search.press("Enter")
    expect(dialog).to_be_hidden()
    expect(model(talk)).to_have_accessible_name("Model: tiny")
    dialog = picker(talk)
    dialog.get_by_role("searchbox").fill("nothing like it")
    expect(dialog.get_by_text("No model is called that.")).to_be_visible()
    dialog.get_by_role("searchbox").fill("")
    dialog.get_by_role("searchbox").press("ArrowDown")
    expect(dialog.locator(".picker-option").first).to_be_focused()
    dialog.locator(".picker-option").first.press("ArrowUp")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    dialog.get_by_role("searchbox").press("Escape")
    expect(dialog).to_be_hidden()
    expect(model(talk)).to_be_focused()


def test_favourites_stay_and_come_first(talk: Chat) -> None:
    dialog = picker(talk)
    star = dialog.get_by_role("button", name="Favourite: small/tiny").first
    star.click()
    expect(dialog.get_by_role("button", name="Favourite: small/tiny").first).to_have_attribute("aria-pressed", "true")
    talk.reload()
    dialog = picker(talk)
    expect(dialog.get_by_role("heading", level=3).first).to_have_text("Favourites")
    expect(dialog.locator(".picker-option").first).to_contain_text("tiny")


def test_a_provider_of_the_router_can_be_chosen(talk: Chat) -> None:
    dialog = picker(talk)
    expect(dialog.get_by_text("$0.03 in, $0.09 out per million").first).to_be_visible()
    dialog.get_by_text("2 providers").first.click()
    dialog.get_by_role("list", name="Providers of gemma-2-9b-it").get_by_role("button", name="nebius").first.click()
    expect(model(talk)).to_have_accessible_name("Model: gemma-2-9b-it:nebius")
    talk.ask("Hello")
    expect(talk.page.get_by_role("article", name="gemma-2-9b-it:nebius said")).to_be_visible()


@pytest.fixture
def thousands(tmp_path: Path) -> Iterator[Site]:
    """A site with the router, which has five thousand models."""
    providers = [{"provider": f"p{number}", "context_length": 8192} for number in range(8)]
    with ModelServer() as router:
        router.models = json.dumps({"data": [{"id": f"org/m{n}", "providers": providers} for n in range(5000)]})
        with running(tmp_path, HF_TOKEN="hf_x", HF_ROUTER_URL=router.base_url) as site:
            yield site


def test_among_thousands_one_is_found(thousands: Site, visit: Visit) -> None:
    talk = visit(People(thousands).somebody(), at=thousands.url).open()
    dialog = picker(talk)
    expect(dialog.get_by_text("4801 more: search for them.")).to_be_visible()
    dialog.get_by_role("searchbox").fill("m4999")
    expect(dialog.get_by_role("status")).to_have_text("1 model")
    dialog.get_by_text("8 providers").click()
    dialog.get_by_role("button", name="p7").click()
    expect(model(talk)).to_have_accessible_name("Model: m4999:p7")


def test_hostile_names_are_nothing_but_names(talk: Chat) -> None:
    dialog = picker(talk)
    dialog.get_by_role("button").filter(has_text=EVIL).first.click()
    expect(model(talk)).to_have_accessible_name(f"Model: {EVIL}")
    expect(talk.page.locator("img")).to_have_count(0)


def test_how_it_answers_is_settled_before_the_first_word(chat: Chat, guard: Guard) -> None:
    guard.expect("400")
    dialog = tuning(chat)
    dialog.get_by_label("Temperature").fill("9")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Write a number from 0 to 2, or leave it empty.")).to_be_visible()
    expect(dialog.get_by_label("Temperature")).to_be_focused()
    expect(dialog.get_by_label("Temperature")).to_have_accessible_description(re.compile(r"^Write a number"))
    dialog.get_by_label("Temperature").fill("0,5")
    dialog.get_by_label("System prompt").fill("You are a pirate.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(tuning(chat).get_by_label("Temperature")).to_have_value("0,5")
    chat.page.keyboard.press("Escape")
    chat.ask("Hello")
    chat.reload()
    dialog = tuning(chat)
    expect(dialog.get_by_label("Temperature")).to_have_value("0.5")
    expect(dialog.get_by_label("System prompt")).to_have_value("You are a pirate.")


def test_what_a_model_cannot_do_is_said(talk: Chat) -> None:
    picker(talk).locator("[data-name='Chatsite guide']").first.click()
    field = tuning(talk).locator("[data-field=temperature]")
    expect(field.get_by_text("Chatsite guide cannot do this and ignores it.")).to_be_visible()


def test_a_line_shows_where_the_window_begins(talk: Chat) -> None:
    picker(talk).locator("[data-name='tiny']").first.click()
    line = talk.log.get_by_role("note").filter(has_text="does not see what is above")
    for number in range(4):
        talk.ask(f"Question {number} {'words ' * 200}")
    expect(line).to_have_count(1)
    expect(talk.page.get_by_role("meter", name="Part of the model's window")).to_be_visible()
    place = "line => line.closest('article').dataset.message"
    before = line.evaluate(place)
    talk.reload()
    assert line.evaluate(place) == before


def test_a_model_that_went_away_gives_way_and_the_page_says_so(chat: Chat) -> None:
    chat.page.evaluate("document.querySelector('[data-part=model]').dataset.model = 'x'")
    chat.page.route("**/messages/", lambda route: route.continue_(
        post_data=json.dumps(json.loads(route.request.post_data or "{}") | {"model": "gone/model"})
    ))  # fmt: skip
    chat.ask("Hello")
    expect(chat.log.get_by_text("gone/model is not offered any more, so test-model answers.")).to_be_visible()
    chat.reload()
    expect(chat.page.get_by_text("does not offer gone/model; test-model answers instead.")).to_be_visible()


def test_while_nothing_comes_the_page_says_for_how_long(chat: Chat) -> None:
    chat.message.fill("[[hang]]")
    began = time.monotonic()
    chat.send.click()
    expect(chat.log.get_by_text("Waiting for the model.")).to_be_visible()
    told = chat.log.get_by_text("Waiting for the model.").inner_text()
    counted = re.search(r"(\d+)\ssecs?$", told)
    assert counted
    assert 5 <= int(counted[1]) <= time.monotonic() - began
    expect(chat.log.get_by_text("Waiting for the model.")).not_to_have_text(told)
    chat.stop.click()
    expect(chat.log.get_by_text("Waiting for the model.")).to_have_count(0)


def test_a_busy_server_is_told_of_and_asked_again(chat: Chat, model_server: ModelServer) -> None:
    seen = Event()
    model_server.script += [Answer(status=429, headers={"Retry-After": "2"}), Answer(after=seen)]
    chat.message.fill("Hello [[say: Here I am.]]")
    chat.send.click()
    expect(chat.log.get_by_text("The model server is busy. It is asked again in 2 seconds.")).to_be_visible()
    seen.set()
    expect(chat.answered()).to_contain_text("Here I am.")
