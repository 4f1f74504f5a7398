"""After each act the focus is where one goes on, and wherever it is, it can be seen."""

from __future__ import annotations

import pytest

from tests.browser.chat import Chat, Route, expect
from tests.browser.people import Person

TITLE = "Baking Bread on Short Notice"
WORDS = " ".join(f"word{n:02}" for n in range(60))
VISIBLE = """() => {
    const item = document.activeElement;
    const framed = item.closest("label") ?? item.closest(".composer-card") ?? item;
    const looks = [item, framed].map(element => getComputedStyle(element));
    return looks.some(({outlineStyle, outlineWidth, boxShadow}) =>
        (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow.includes("0px 0px 0px 1px"));
}"""


def focused_reply(chat: Chat) -> bool:
    here: bool = chat.replies.last.evaluate("reply => reply === document.activeElement")
    return here


def test_sending_and_stopping_lead_back_to_the_box(chat: Chat) -> None:
    chat.message.fill(f"Slowly [[slow 0.5]] [[say: {WORDS}]]")
    chat.send.click()
    expect(chat.stop).to_be_visible()
    expect(chat.message).to_be_focused()
    expect(chat.replies.last).to_contain_text("word01")
    chat.stop.click()
    chat.answered()
    expect(chat.message).to_be_focused()


def test_another_reply_and_a_continued_one_have_it(chat: Chat) -> None:
    chat.say(f"Slowly [[slow 0.5]] [[say: {WORDS}]] [[then: {WORDS}]]")
    expect(chat.replies.last).to_contain_text("word01")
    chat.stop.click()
    chat.answered()
    chat.replies.last.get_by_role("button", name="Continue").click()
    expect(chat.stop).to_be_visible()
    assert focused_reply(chat)
    chat.page.keyboard.press("Escape")
    chat.answered()
    chat.replies.last.get_by_role("button", name="Regenerate").click()
    expect(chat.stop).to_be_visible()
    assert focused_reply(chat)


def test_dialogs_give_it_back(chat: Chat) -> None:
    chat.ask(f"Bread? [[title: {TITLE}]]")
    button = chat.navigation.get_by_role("button", name=f"Conversation options: {TITLE}")
    for act in ("Rename", "Export"):
        chat.options(TITLE).get_by_role("menuitem", name=act).click()
        expect(chat.page.get_by_role("dialog")).to_be_visible()
        chat.page.keyboard.press("Escape")
        expect(button).to_be_focused()


def test_who_goes_on_before_another_version_has_come_keeps_it(chat: Chat) -> None:
    chat.ask("Bread? [[say: Mix and bake.]]")
    chat.replies.get_by_role("button", name="Regenerate").click()
    expect(chat.answered().get_by_text("2 of 2")).to_be_visible()

    def go_on(route: Route) -> None:
        chat.message.click()
        route.continue_()

    chat.page.route("**/current/", go_on)
    chat.replies.get_by_role("button", name="Previous version").click()
    expect(chat.replies.get_by_text("1 of 2")).to_be_visible()
    expect(chat.message).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_wherever_it_is_it_can_be_seen(chat: Chat, person: Person, scheme: str) -> None:
    chat.ask(f"Bread? [[title: {TITLE}]] [[say: See [this](https://example.org/).]]")
    chat.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for page in (f"/c/{chat.id}/", "/settings/"):
        chat.page.goto(chat.url + page)
        stops = set()
        for _ in range(40):
            chat.page.keyboard.press("Tab")
            where = chat.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
            if where.startswith("<body"):
                continue
            assert chat.page.evaluate(VISIBLE), where
            stops.add(where)
        assert len(stops) >= 8
