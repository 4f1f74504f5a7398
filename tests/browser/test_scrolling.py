"""The page follows the text unless the reader has scrolled up."""

from __future__ import annotations

from tests.browser.chat import Chat, Locator, expect

LINES = "\n\n".join(f"line {n:02}" for n in range(40))
LONG = f"Many lines please [[slow 0.06]] [[say: {LINES}]]"

# In the frame in which it has grown, after the page itself was told of it.
RECORD = """scroller => {
    globalThis.left = [];
    const note = () => left.push(scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight);
    new ResizeObserver(note).observe(scroller.querySelector("[role=log]"));
}"""

SCROLL_UP_AS_IT_GROWS = """scroller => new Promise(done => {
    const log = scroller.querySelector("[role=log]");
    let told = 0;
    const observer = new ResizeObserver(() => {
        told += 1;
        if (told === 1) {
            setTimeout(() => { log.lastElementChild.style.paddingBottom = "300px"; });
        } else {
            observer.disconnect();
            scroller.scrollBy(0, -60);
            done();
        }
    });
    observer.observe(log);
})"""


def place(scroller: Locator) -> tuple[float, float]:
    """How far down the page is, and how far it is from the end."""
    down, left = scroller.evaluate("it => [it.scrollTop, it.scrollHeight - it.scrollTop - it.clientHeight]")
    return down, left


def test_the_page_follows_the_text_while_it_is_at_the_end(chat: Chat) -> None:
    scroller = chat.page.get_by_role("group", name="Conversation", exact=True)
    scroller.evaluate(RECORD)
    chat.ask(LONG)
    expect(chat.replies.get_by_text("line 39")).to_be_in_viewport()
    assert place(scroller)[1] < 2
    left = chat.page.evaluate("left")
    assert len(left) > 5
    assert max(left) < 2
    expect(chat.page.get_by_role("button", name="Jump to the latest")).to_be_hidden()


def test_the_page_stays_where_the_reader_scrolled_to(chat: Chat) -> None:
    chat.ask(f"Before [[say: {LINES}]]")
    scroller = chat.page.get_by_role("group", name="Conversation", exact=True)
    jump = chat.page.get_by_role("button", name="Jump to the latest")
    chat.say(LONG)
    expect(chat.replies.nth(1)).to_contain_text("line 05")
    scroller.hover()
    chat.page.mouse.wheel(0, -600)
    expect(jump).to_be_visible()
    before = place(scroller)[0]
    chat.answered()
    after, left = place(scroller)
    assert after == before
    assert left > 300
    jump.click()
    expect(chat.replies.last.get_by_text("line 39")).to_be_in_viewport()
    expect(jump).to_be_hidden()


def test_who_scrolls_up_in_the_moment_it_grows_stays_there(chat: Chat) -> None:
    chat.ask(f"Before [[say: {LINES}]]")
    chat.page.get_by_role("group", name="Conversation", exact=True).evaluate(SCROLL_UP_AS_IT_GROWS)
    expect(chat.page.get_by_role("button", name="Jump to the latest")).to_be_visible()


def test_back_at_the_end_the_page_follows_again(chat: Chat) -> None:
    chat.ask(f"Before [[say: {LINES}]]")
    chat.say(LONG)
    expect(chat.replies.nth(1)).to_contain_text("line 05")
    chat.page.get_by_role("group", name="Conversation", exact=True).hover()
    chat.page.mouse.wheel(0, -600)
    jump = chat.page.get_by_role("button", name="Jump to the latest")
    expect(jump).to_be_visible()
    jump.click()
    expect(chat.replies.last.get_by_text("line 39")).to_be_in_viewport()
    chat.answered()


def test_sending_brings_the_question_into_view(chat: Chat) -> None:
    chat.ask(f"Before [[say: {LINES}]]")
    chat.page.get_by_role("group", name="Conversation", exact=True).hover()
    chat.page.mouse.wheel(0, -1000)
    expect(chat.page.get_by_role("button", name="Jump to the latest")).to_be_visible()
    chat.say("And now? [[slow 0.02]]")
    expect(chat.questions.last).to_be_in_viewport()


def test_an_open_conversation_begins_at_its_end(chat: Chat) -> None:
    chat.ask(f"Before [[say: {LINES}]]")
    chat.reload()
    expect(chat.replies.get_by_text("line 39")).to_be_in_viewport()
    expect(chat.replies.get_by_text("line 00")).not_to_be_in_viewport()


def test_the_words_that_are_changed_stay_in_view(phone: Chat) -> None:
    """Also while another reply grows below them."""
    phone.ask("Before [[say: Something above.]]")
    phone.ask(f"Edit me [[say: {LINES[:90]}]]")
    phone.questions.last.get_by_role("button", name="Edit message").click()
    editor = phone.page.get_by_role("textbox", name="Message in other words")
    editor.press_sequentially("\none more line\nand another\nand a third")
    expect(editor).to_be_in_viewport(ratio=1)
    editor.press("Escape")
    phone.say(LONG)
    phone.questions.nth(1).get_by_role("button", name="Edit message").click()
    expect(phone.replies.last).to_contain_text("line 25")
    expect(editor).to_be_in_viewport(ratio=1)
    phone.answered()


def test_what_is_asked_about_a_rating_is_seen(chat: Chat) -> None:
    reply = chat.ask(f"Before [[say: {LINES}]]")
    chat.page.get_by_role("group", name="Conversation", exact=True).evaluate("it => it.scrollBy(0, -60)")
    expect(chat.page.get_by_role("button", name="Jump to the latest")).to_be_visible()
    # Where it is, not brought into view for the click.
    reply.get_by_role("button", name="Good reply").dispatch_event("click")
    expect(chat.page.get_by_role("button", name="Send comment")).to_be_in_viewport(ratio=1)
