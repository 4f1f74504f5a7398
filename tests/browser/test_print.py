"""On paper: a conversation whole, dark on white, and nothing that is pressed."""

from __future__ import annotations

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.people import Person
from tests.browser.test_theme import BRIGHTNESS

TITLE = "Baking Bread on Short Notice"
REPLY = f"{'A paragraph. ' * 300}\n\n```python\nvalue = '{'a long line of code ' * 20}'\n```\n\n- [x] baked"
CUT = """scroller => {
    const boxes = [scroller, ...scroller.querySelectorAll("pre"), ...document.querySelectorAll(".chat, .talk, main")];
    return boxes.filter((box) => box.scrollHeight > box.clientHeight || box.scrollWidth > box.clientWidth).length;
}"""


@pytest.fixture
def paper(visit: Visit, person: Person) -> Chat:
    said = person.say(f"Bread? [[title: {TITLE}]] [[say: {REPLY}]]")
    person.say(f"And now? [[say: {REPLY}]]", said.conversation, parent=said.reply)
    chat = visit(person, color_scheme="dark").open(said.conversation)
    expect(chat.replies).to_have_count(2)
    chat.page.emulate_media(media="print")
    return chat


def test_a_conversation_is_whole(paper: Chat) -> None:
    scroller = paper.page.get_by_role("group", name="Conversation", exact=True)
    assert scroller.evaluate(CUT) == 0
    assert paper.page.evaluate("document.documentElement.scrollHeight > 3 * innerHeight")
    expect(paper.heading).to_have_text(TITLE)
    expect(paper.heading).to_be_visible()


def test_what_is_pressed_is_not_printed(paper: Chat) -> None:
    expect(paper.navigation).to_be_hidden()
    expect(paper.message).to_be_hidden()
    expect(paper.page.get_by_role("button")).to_have_count(0)
    expect(paper.page.get_by_role("link", name="Skip to the message box")).to_be_hidden()


def test_who_reads_in_the_dark_prints_on_white(paper: Chat, person: Person) -> None:
    person.post("/settings/", {"theme": "dark"})
    paper.reload()
    assert paper.page.evaluate(BRIGHTNESS) > 128
    paper.page.emulate_media(media="screen")
    assert paper.page.evaluate(BRIGHTNESS) < 128
