"""Reading aloud and dictation by the browser's own means: stand-ins play them, the tests' browser has no voice."""

from __future__ import annotations

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import Person

STAND_IN = """
    globalThis.spoken = [];
    globalThis.SpeechSynthesisUtterance = class extends EventTarget {
        constructor(text) { super(); this.text = text; }
    };
    const voice = Object.assign(new EventTarget(), {
        waiting: [],
        getVoices: () => globalThis.voices ?? [{name: "Test", lang: "en-GB"}],
        speak(utterance) { spoken.push(utterance.text); this.waiting.push(utterance); },
        cancel() {
            const waiting = this.waiting.splice(0);
            waiting.forEach(utterance => utterance.dispatchEvent(new Event("error")));
        },
        finish() { this.waiting.splice(0).forEach(utterance => utterance.dispatchEvent(new Event("end"))); },
    });
    Object.defineProperty(globalThis, "speechSynthesis", {value: voice});
    globalThis.SpeechRecognition = class extends EventTarget {
        start() { globalThis.listening = this; }
        stop() { this.dispatchEvent(new Event("end")); }
        abort() { this.stop(); }
        hear(...said) {
            this.dispatchEvent(Object.assign(new Event("result"), {results: said.map(transcript => [{transcript}])}));
        }
        fail(error) { this.dispatchEvent(Object.assign(new Event("error"), {error})); this.stop(); }
    };
"""
NONE = """
    delete globalThis.SpeechRecognition;
    delete globalThis.webkitSpeechRecognition;
    Object.defineProperty(globalThis, "speechSynthesis", {value: undefined});
"""
SAID = "Take **500 g** of flour.\n\n```python\nprint()\n```\n\nThat is all."


@pytest.fixture
def speaking(chat: Chat) -> Chat:
    chat.page.add_init_script(STAND_IN)
    return chat.open()


def test_where_there_is_no_voice_there_are_no_buttons(visit: Visit, person: Person) -> None:
    chat = visit(person)
    chat.page.add_init_script(NONE)
    chat.open().ask("Hello")
    expect(chat.replies.get_by_role("button", name="Copy reply")).to_be_visible()
    expect(chat.page.get_by_role("button", name="Read aloud")).to_have_count(0)
    expect(chat.page.get_by_role("button", name="Dictate")).to_have_count(0)


def test_voices_may_come_late(chat: Chat) -> None:
    chat.page.add_init_script(f"globalThis.voices = []; {STAND_IN}")
    chat.open().ask("Hello")
    button = chat.page.get_by_role("button", name="Read aloud")
    expect(button).to_have_count(0)
    chat.page.evaluate("voices.push({}); speechSynthesis.dispatchEvent(new Event('voiceschanged'))")
    expect(button).to_be_visible()


def test_a_reply_is_read_without_its_code(speaking: Chat) -> None:
    reply = speaking.ask(f"Read [[say: {SAID}]]")
    reply.get_by_role("button", name="Read aloud").click()
    stop = reply.get_by_role("button", name="Stop reading")
    expect(stop).to_be_visible()
    assert speaking.page.evaluate("spoken") == ["Take 500 g of flour.", "Code block.", "That is all."]
    speaking.page.evaluate("speechSynthesis.finish()")
    expect(reply.get_by_role("button", name="Read aloud")).to_be_visible()


def test_what_speaks_may_not_be_there(speaking: Chat, guard: Guard) -> None:
    guard.expect("net::ERR_")
    speaking.page.route("**/speech.*.js", lambda route: route.abort())
    speaking.ask(f"How? [[say: {SAID}]]")
    speaking.replies.get_by_role("button", name="Read aloud").click()
    expect(speaking.page.get_by_text("The site cannot be reached.")).to_be_visible()


def test_a_second_click_stops_and_another_reply_takes_over(speaking: Chat) -> None:
    speaking.ask("One [[say: First.]]")
    speaking.ask("Two [[say: Second.]]")
    one, two = speaking.replies.all()
    one.get_by_role("button", name="Read aloud").click()
    two.get_by_role("button", name="Read aloud").click()
    expect(one.get_by_role("button", name="Read aloud")).to_be_visible()
    two.get_by_role("button", name="Stop reading").click()
    expect(two.get_by_role("button", name="Read aloud")).to_be_visible()
    assert speaking.page.evaluate("[spoken, speechSynthesis.waiting.length]") == [["First.", "Second."], 0]


def test_what_is_dictated_goes_where_the_cursor_is(speaking: Chat) -> None:
    speaking.message.fill("Dear all,")
    speaking.page.get_by_role("button", name="Dictate").click()
    stop = speaking.page.get_by_role("button", name="Stop dictating")
    expect(stop).to_be_visible()
    speaking.page.evaluate("listening.hear('take some')")
    speaking.page.evaluate("listening.hear('take some flour', ' and water')")
    expect(speaking.message).to_have_value("Dear all, take some flour and water")
    stop.click()
    expect(speaking.page.get_by_role("button", name="Dictate")).to_be_visible()
    expect(speaking.message).to_be_focused()
    speaking.reload()
    expect(speaking.message).to_have_value("Dear all, take some flour and water")


def test_typing_or_sending_ends_the_dictation(speaking: Chat) -> None:
    speaking.page.get_by_role("button", name="Dictate").click()
    expect(speaking.page.get_by_role("button", name="Stop dictating")).to_be_visible()
    speaking.page.evaluate("listening.hear('hello')")
    speaking.message.fill("hello you")
    speaking.page.evaluate("listening.hear('hello there')")
    expect(speaking.message).to_have_value("hello you")
    expect(speaking.page.get_by_role("button", name="Dictate")).to_be_visible()


def test_a_microphone_that_is_refused_is_explained(speaking: Chat) -> None:
    speaking.page.get_by_role("button", name="Dictate").click()
    expect(speaking.page.get_by_role("button", name="Stop dictating")).to_be_visible()
    speaking.page.evaluate("listening.fail('not-allowed')")
    expect(speaking.page.get_by_role("alert").filter(has_text="use the microphone")).to_be_visible()
