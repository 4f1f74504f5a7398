"""The sidebar shows which conversations are being answered, and which have an answer to read."""

from __future__ import annotations

from tests.browser.chat import Chat, Visit, expect
from tests.browser.people import Person
from tests.conversations.asked import let_go_on
from tests.model_server import ModelServer

TITLE = "Baking Bread on Short Notice"
WORDS = " ".join(f"word{n:02}" for n in range(60))


def test_an_answering_conversation_is_marked_and_then_its_answer_as_unread(
    chat: Chat, visit: Visit, person: Person, model_server: ModelServer
) -> None:
    chat.ask(f"Bread? [[title: {TITLE}]]")
    others = [Chat(chat.context.new_page(), chat.url).open(), visit(person).open()]
    text = f"Tell me some words [[hold 0]] [[say: {WORDS}]]"
    chat.say(text)
    for other in others:
        expect(other.row(TITLE)).to_have_accessible_description("Being answered")
        expect(other.row(TITLE)).to_have_accessible_description("Being answered")
    chat.look_away()
    let_go_on(model_server, text)
    chat.answered()
    for other in others:
        expect(other.row(TITLE)).to_have_accessible_description("New answer")
        expect(other.row(TITLE)).to_have_accessible_name(TITLE)
        other.reload()
        expect(other.row(TITLE)).to_have_accessible_description("New answer")
    chat.come_back()
    for other in others:
        expect(other.row(TITLE)).to_have_accessible_description("")
        other.reload()
        expect(other.row(TITLE)).to_have_accessible_description("")


def test_an_answer_that_is_watched_is_never_unread(chat: Chat) -> None:
    with chat.page.expect_response("**/read/"):
        chat.ask(f"Bread? [[title: {TITLE}]]")
    chat.open()
    expect(chat.row(TITLE)).to_be_visible()
    expect(chat.row(TITLE)).to_have_accessible_description("")


def test_opening_a_conversation_reads_it(chat: Chat, person: Person) -> None:
    said = person.say(f"Bread? [[title: {TITLE}]]")
    expect(chat.row(TITLE)).to_have_accessible_description("New answer")
    chat.row(TITLE).click()
    expect(chat.page).to_have_url(f"{chat.url}/c/{said.conversation}/")
    expect(chat.row(TITLE)).to_have_accessible_description("")
    chat.open()
    expect(chat.row(TITLE)).to_have_accessible_description("")


def test_marks_are_there_without_scripts(visit: Visit, person: Person) -> None:
    person.say(f"Bread? [[title: {TITLE}]]")
    plain = visit(person, java_script_enabled=False).open()
    expect(plain.row(TITLE)).to_have_accessible_description("New answer")
    expect(plain.row(TITLE)).to_have_accessible_name(TITLE)


def test_nothing_pulses_for_who_wants_no_motion(visit: Visit, person: Person) -> None:
    chat = visit(person, reduced_motion="reduce").open()
    chat.say("Bread? [[hang]]")
    running = "document.getAnimations().filter(({effect}) => effect.target.matches('.row-mark')).length"
    expect(chat.navigation.locator("[data-answering]")).to_have_count(1)
    assert chat.page.evaluate(running) == 0
    chat.page.emulate_media(reduced_motion="no-preference")
    chat.page.wait_for_function(running)
    chat.stop.click()
