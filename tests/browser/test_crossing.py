"""What is asked of the site while something else happens is answered too late, and does no harm."""

from __future__ import annotations

from tests.browser.chat import Chat, Locator, Route, expect
from tests.browser.guard import Guard

WORDS = " ".join(f"word{n:02}" for n in range(60))
RECORD = """button => {
    globalThis.hidden = [];
    new MutationObserver(() => hidden.push(button.hidden)).observe(button, {attributeFilter: ["hidden"]});
}"""
OTHER_TAB = "new BroadcastChannel(`chatsite:${document.getElementById('chat').dataset.user}`)"


def test_a_page_that_looks_again_while_its_reply_ends_follows_the_next_of_another_tab(chat: Chat) -> None:
    chat.ask("Bread? [[say: Yes.]]")
    tab = Chat(chat.context.new_page(), chat.url).open(chat.id)
    tab.look_away()
    chat.page.bring_to_front()

    def answer_late(route: Route) -> None:
        chat.stop.click()
        expect(chat.stop).to_be_hidden()
        tab.say(f"Rolls? [[slow 0.5]] [[say: {WORDS}]]")
        expect(tab.replies.last).to_contain_text("word00")
        chat.page.locator("[data-part=stop]").evaluate(RECORD)
        route.continue_()

    chat.say(f"Cake? [[slow 0.5]] [[say: {WORDS}]]")
    expect(chat.replies.last).to_contain_text("word03")
    chat.page.route("**/messages/", answer_late, times=1)
    tab.page.evaluate(f"{OTHER_TAB}.postMessage({{refresh: true, conversations: []}})")
    expect(chat.questions.last).to_contain_text("Rolls?")
    expect(chat.replies.last).to_contain_text("word03")
    chat.stop.click()
    expect(chat.answered()).to_have_attribute("data-finish", "stopped")
    assert chat.page.evaluate("hidden.indexOf(false)") == 0


def test_what_is_typed_in_an_editor_stays_when_it_is_refused_where_another_tab_has_gone_elsewhere(
    chat: Chat, guard: Guard
) -> None:
    guard.expect("status of 503")
    chat.ask("Bread? [[say: Yes.]]")
    tab = Chat(chat.context.new_page(), chat.url).open(chat.id)
    chat.page.bring_to_front()
    mine, theirs = (edit_question(page) for page in (chat, tab))
    theirs.fill("Rolls? [[say: Smaller.]]")
    theirs.press("Control+Enter")
    expect(tab.answered()).to_contain_text("Smaller.")
    refusal = {"code": "store", "message": "The storage is away.", "retry_after": 10, "errors": {}}
    chat.page.route("**/messages/", lambda route: route.fulfill(status=503, json=refusal), times=1)
    mine.fill("Cake? [[say: Sweeter.]]")
    mine.press("Control+Enter")
    expect(chat.page.get_by_text("The storage is away.")).to_be_visible()
    mine.press("Control+Enter")
    expect(chat.questions).to_contain_text("Cake?")
    expect(chat.answered()).to_contain_text("Sweeter.")
    expect(chat.questions.get_by_text("3 of 3")).to_be_visible()


def edit_question(chat: Chat) -> Locator:
    chat.questions.hover()
    chat.questions.get_by_role("button", name="Edit message").click()
    editor = chat.page.get_by_role("textbox", name="Message in other words")
    expect(editor).to_be_visible()
    return editor
