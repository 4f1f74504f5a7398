"""The box one types in."""

from __future__ import annotations

from tests.browser.chat import Chat, expect

COMPOSED_ENTER = """box => {
    const how = {bubbles: true, cancelable: true};
    box.dispatchEvent(new CompositionEvent("compositionstart", {...how, data: "ni"}));
    box.dispatchEvent(new KeyboardEvent("keydown", {...how, key: "Enter", isComposing: true}));
    box.dispatchEvent(new CompositionEvent("compositionend", {...how, data: "你"}));
    // What Safari does: the composition is over before the Enter that ended it is told.
    box.dispatchEvent(new KeyboardEvent("keydown", {...how, key: "Enter", keyCode: 229}));
}"""


def test_enter_sends(chat: Chat) -> None:
    chat.message.press_sequentially("hi")
    chat.message.press("Enter")
    expect(chat.questions).to_have_count(1)
    expect(chat.message).to_have_value("")
    expect(chat.message).to_be_focused()
    chat.answered()


def test_shift_and_enter_break_the_line(chat: Chat) -> None:
    chat.message.press_sequentially("one")
    chat.message.press("Shift+Enter")
    chat.message.press_sequentially("two")
    expect(chat.message).to_have_value("one\ntwo")
    expect(chat.questions).to_have_count(0)
    chat.message.press("Enter")
    expect(chat.questions).to_contain_text("one\ntwo", use_inner_text=True)


def test_the_enter_that_ends_a_composition_does_not_send(chat: Chat) -> None:
    chat.message.fill("ni")
    chat.message.evaluate(COMPOSED_ENTER)
    expect(chat.message).to_have_value("ni")
    expect(chat.questions).to_have_count(0)
    chat.message.press("Enter")
    expect(chat.questions).to_have_count(1)


def test_on_a_phone_enter_breaks_the_line_and_the_button_sends(phone: Chat) -> None:
    phone.message.tap()
    phone.message.press_sequentially("one")
    phone.message.press("Enter")
    phone.message.press_sequentially("two")
    expect(phone.message).to_have_value("one\ntwo")
    expect(phone.questions).to_have_count(0)
    phone.send.tap()
    expect(phone.questions).to_contain_text("one\ntwo", use_inner_text=True)
    phone.answered()


def test_the_box_grows_with_the_text_and_then_scrolls(chat: Chat) -> None:
    def height(lines: int) -> float:
        chat.message.fill("\n".join(["line"] * lines))
        box = chat.message.bounding_box()
        assert box
        return box["height"]

    one, five, sixty, ninety = (height(lines) for lines in (1, 5, 60, 90))
    assert one < five < sixty == ninety
    assert ninety <= 800 * 0.5
    expect(chat.send).to_be_in_viewport()
    assert height(1) == one


def test_a_double_click_sends_once_and_stops_nothing(chat: Chat) -> None:
    chat.message.fill("Only once please [[slow 0.02]]")
    chat.send.dblclick()
    # The second click came down on Stop.
    expect(chat.answered()).to_have_attribute("data-finish", "stop")
    expect(chat.questions).to_have_count(1)
    chat.reload()
    expect(chat.questions).to_have_count(1)
    expect(chat.replies).to_have_count(1)


def test_enter_and_a_click_together_send_once(chat: Chat) -> None:
    chat.message.fill("Only once please [[slow 0.02]]")
    button = chat.send.element_handle()
    chat.message.press("Enter")
    button.evaluate("button => button.click()")
    chat.message.press("Enter")
    chat.answered()
    chat.reload()
    expect(chat.questions).to_have_count(1)


def test_nothing_and_blanks_cannot_be_sent(chat: Chat) -> None:
    for text in ("", "   ", "\n\n \t"):
        chat.message.fill(text)
        expect(chat.send).to_be_disabled()
        chat.message.press("Enter")
        expect(chat.questions).to_have_count(0)
    chat.message.fill(" x ")
    expect(chat.send).to_be_enabled()


def test_what_is_too_long_stays_in_the_box_with_a_sentence(chat: Chat) -> None:
    chat.message.fill("x" * 100_001)
    chat.message.press("Enter")
    expect(chat.page.get_by_role("alert").filter(has_text="at most 100,000 characters")).to_be_visible()
    assert len(chat.message.input_value()) == 100_001
    expect(chat.questions).to_have_count(0)
    chat.message.press("End")
    chat.message.press("Backspace")
    chat.message.press("Enter")
    expect(chat.questions).to_have_count(1)
    expect(chat.message).to_have_value("")


def test_arrow_up_in_the_empty_box_edits_the_last_question(chat: Chat) -> None:
    chat.ask("First")
    chat.ask("Second")
    edit = chat.page.get_by_role("textbox", name="Message in other words")
    chat.message.fill("x")
    chat.message.press("ArrowUp")
    chat.message.fill("")
    chat.message.press("Shift+ArrowUp")
    expect(edit).to_have_count(0)
    chat.message.press("ArrowUp")
    expect(edit).to_have_value("Second")


def test_near_the_limit_the_characters_are_counted(chat: Chat) -> None:
    counter = chat.page.get_by_text("/ 100,000")
    chat.message.fill("x" * 89_999)
    expect(counter).to_have_count(0)
    chat.message.fill("😀" * 90_000)
    expect(counter).to_have_text("90,000 / 100,000")
    chat.message.fill("x" * 100_001)
    expect(counter).to_have_text("100,001 / 100,000")
