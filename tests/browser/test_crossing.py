"""What is asked of the site while something else happens is answered too late, and does no harm."""

from __future__ import annotations

from tests.browser.chat import Chat, Route, expect

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
        expect(chat.stop).to_be_hidden()
        tab.say(f"Rolls? [[slow 0.1]] [[say: {WORDS}]]")
        expect(tab.replies.last).to_contain_text("word00")
        chat.page.locator("[data-part=stop]").evaluate(RECORD)
        route.continue_()

    chat.say(f"Cake? [[slow 0.02]] [[say: {WORDS}]]")
    expect(chat.replies.last).to_contain_text("word03")
    chat.page.route("**/messages/", answer_late, times=1)
    tab.page.evaluate(f"{OTHER_TAB}.postMessage({{refresh: true, conversations: []}})")
    expect(chat.questions.last).to_contain_text("Rolls?")
    expect(chat.stop).to_be_visible()
    expect(chat.answered()).to_contain_text(WORDS)
    assert chat.page.evaluate("hidden.indexOf(false)") == 0
