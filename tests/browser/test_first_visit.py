"""From nothing to a conversation that is there tomorrow."""

from __future__ import annotations

import re
from uuid import uuid4

from tests.browser.chat import Chat, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import People
from tests.conversations.asked import let_go_on
from tests.model_server import ModelServer
from tests.site import PASSWORD, Site

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
QUESTION = "Which bread bakes fastest at home?"
STEERED = f"{QUESTION} [[slow 0.08]] [[hold 0]] [[say: First the flour, then **water**, then salt.]]"
ANSWER = "First the flour, then water, then salt."


def sign_up(chat: Chat) -> str:
    page = chat.page
    username = f"newcomer-{uuid4().hex[:8]}"
    page.goto(chat.url)
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label(re.compile("again", re.IGNORECASE)).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    return username


def log_out(chat: Chat, username: str) -> None:
    chat.page.get_by_text(username, exact=True).click()
    chat.page.get_by_role("button", name="Log out").click()


def log_in(chat: Chat, username: str) -> None:
    chat.page.get_by_label("Username").fill(username)
    chat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    chat.page.get_by_role("button", name="Log in").click()


def test_a_newcomer_signs_up_talks_and_finds_it_all_again(visit: Visit, site: Site, model_server: ModelServer) -> None:
    chat = visit()
    username = sign_up(chat)
    expect(chat.page).to_have_url(f"{site.url}/c/new/")
    expect(chat.page).to_have_title("New chat · Chatsite")

    chat.record()
    chat.message.fill(STEERED)
    chat.message.press("Enter")
    expect(chat.questions).to_contain_text(QUESTION)
    expect(chat.stop).to_be_visible()
    expect(chat.replies).to_have_attribute("aria-busy", "true")
    let_go_on(model_server, STEERED)
    reply = chat.answered()
    expect(reply).to_contain_text(ANSWER)
    assert chat.growths >= 3

    title = "Which Bread Bakes Fastest Home"
    expect(chat.row(title)).to_be_visible()
    expect(chat.heading).to_have_text(title)
    expect(chat.page).to_have_title(f"{title} · Chatsite")
    expect(chat.page).to_have_url(re.compile(rf"^{site.url}/c/{UUID}/$"))

    chat.reload()
    expect(chat.replies).to_contain_text(ANSWER)
    log_out(chat, username)
    expect(chat.page).to_have_url(re.compile("/accounts/login/"))
    log_in(chat, username)
    expect(chat.row(title)).to_have_attribute("aria-current", "page")
    expect(chat.replies).to_contain_text(ANSWER)


def test_nobody_else_finds_it(chat: Chat, visit: Visit, people: People, guard: Guard) -> None:
    guard.expect("status of 404")
    chat.ask("Keep this between us please [[say: Of course.]]")
    other = visit(people.somebody()).page
    other.goto(chat.page.url)
    expect(other.get_by_role("heading", name="Nothing here")).to_be_visible()
    expect(other.get_by_text("Of course.")).to_have_count(0)


def test_an_empty_page_offers_four_starters(chat: Chat) -> None:
    starters = chat.page.get_by_role("list", name="Ideas to begin with").get_by_role("button")
    expect(starters).to_have_count(4)
    starters.filter(has_text="Plan a trip").click()
    expect(chat.questions).to_have_text(re.compile("Plan a relaxed weekend in Rome"))
    chat.answered()
    expect(starters).to_have_count(0)


def test_without_a_model_the_guide_answers_and_says_how_to_connect_one(visit: Visit, guided: Site) -> None:
    chat = visit(at=guided.url)
    sign_up(chat)
    expect(chat.page.get_by_role("heading", name="You are talking to the built-in guide")).to_be_visible()
    ways = chat.page.get_by_role("link").filter(has_text=re.compile("Hugging Face token|Ask the guide"))
    expect(ways).to_have_count(2)
    expect(chat.page.get_by_text("LLM_BASE_URL")).to_be_visible()
    starters = chat.page.get_by_role("list", name="Ideas to begin with").get_by_role("button")
    expect(starters).to_have_count(4)
    starters.filter(has_text="Connect a model").click()
    expect(chat.log.get_by_role("article", name="Chatsite guide said")).to_contain_text("HF_TOKEN")
    expect(chat.rows).to_have_count(1)
