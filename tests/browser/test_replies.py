"""What a reply looks like, and what one can do with it."""

from __future__ import annotations

import re

from tests.browser.chat import Chat, Locator, expect
from tests.browser.people import Person
from tests.browser.test_announcements import HEAR
from tests.conversations.asked import let_go_on
from tests.model_answers import Answer
from tests.model_server import ModelServer

SAID = """## The plan

Some *soft* and **strong** words, `code`, and [a link](https://example.org/).

| what | how much |
|---|--:|
| flour | 500 g |

```python
print("hi")
```

- [x] done
- [ ] not yet

> quoted
"""


def looks_right(reply: Locator) -> None:
    expect(reply.get_by_role("heading", name="The plan")).to_be_visible()
    expect(reply.get_by_role("cell", name="500 g")).to_be_visible()
    expect(reply.locator("code.language-python")).to_contain_text('print("hi")')
    expect(reply.get_by_text("Python", exact=True)).to_be_visible()
    expect(reply.get_by_role("checkbox")).to_have_count(2)
    expect(reply.get_by_role("checkbox", checked=True)).to_have_count(1)
    expect(reply.get_by_role("checkbox").first).to_be_disabled()
    expect(reply.get_by_role("blockquote")).to_have_text("quoted")
    expect(reply.get_by_role("link", name="a link")).to_have_attribute("rel", "noopener noreferrer nofollow")


def test_a_reply_is_formatted_while_it_comes_and_afterwards_the_same(chat: Chat) -> None:
    reply = chat.ask(f"Format this [[slow 0.01]] [[say: {SAID}]]")
    looks_right(reply)
    *live, time = reply.inner_text().split("\n")
    assert re.fullmatch(r"\d\d:\d\d", time)
    chat.reload()
    looks_right(chat.replies)
    assert chat.replies.inner_text().split("\n")[:-1] == live


def test_a_question_is_shown_as_it_was_typed(chat: Chat) -> None:
    text = "**not bold** <b>nor this</b>\n    indented\n\n# no heading"
    chat.ask(text)
    for _ in "ab":
        expect(chat.questions.get_by_text("not bold")).to_have_text(text, use_inner_text=True)
        chat.reload()


def test_thinking_is_folded_apart_from_the_answer(chat: Chat) -> None:
    reply = chat.ask("Think first [[think: Hm, let me see.]] [[say: It is four.]]")
    for _ in "ab":
        thought = reply.get_by_text("Hm, let me see.")
        expect(reply.get_by_text("It is four.")).to_be_visible()
        expect(thought).to_be_hidden()
        reply.get_by_text("Thought for").click()
        expect(thought).to_be_visible()
        chat.reload()


def test_thinking_can_be_watched(chat: Chat, model_server: ModelServer) -> None:
    thoughts = ("one ", "two ", "three ", "four")
    model_server.script.append(Answer(reasoning=thoughts, text="It is four.", hold_after=3))
    chat.say("Think first")
    chat.replies.get_by_text("Thinking…").click()
    expect(chat.replies.get_by_text("one two three")).to_be_visible()
    let_go_on(model_server, "Think first")
    expect(chat.answered().get_by_text("It is four.")).to_be_visible()


def test_a_screen_reader_is_told_without_reading_every_word(chat: Chat) -> None:
    expect(chat.log).to_have_attribute("aria-live", "off")
    chat.page.evaluate(HEAR)
    chat.ask("Slowly [[slow 0.05]] [[say: one two three four five six]]")
    expect(chat.page.get_by_role("status")).to_have_text("The reply is done.")
    heard = [text for text, _ in chat.page.evaluate("heard")]
    assert heard == ["test-model is replying.", "one two three four five six", "The reply is done."]


def test_copy_gives_the_markdown(chat: Chat) -> None:
    chat.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reply = chat.ask(f"Format this [[say: {SAID}]]")
    for _ in "ab":
        chat.page.evaluate("navigator.clipboard.writeText('')")
        reply.get_by_role("button", name="Copy reply").click()
        expect(chat.page.get_by_role("status").filter(has_text="Copied.")).to_have_count(1)
        assert chat.page.evaluate("navigator.clipboard.readText()") == SAID
        chat.reload()


def test_earlier_messages_come_when_asked_for(chat: Chat, person: Person) -> None:
    """A page begins with the newest hundred."""
    said = person.say("question 0 [[say: yes]]")
    for n in range(1, 52):
        said = person.say(f"question {n} [[say: yes]]", said.conversation, parent=said.reply)
    chat.open(said.conversation)
    expect(chat.questions).to_have_count(50)
    first = chat.questions.first
    expect(first).to_contain_text("question 2")
    earlier = chat.page.get_by_role("link", name="Show earlier messages")
    earlier.scroll_into_view_if_needed()
    before = first.bounding_box()
    earlier.click()
    expect(chat.questions).to_have_count(52)
    expect(first).to_contain_text("question 0")
    after = chat.questions.nth(2).bounding_box()
    assert before
    assert after
    assert abs(after["y"] - before["y"]) < 60
    expect(earlier).to_have_count(0)


def test_what_is_written_from_the_right_has_its_marks_on_the_right(chat: Chat) -> None:
    arabic = "مرحبا\n\n1. واحد\n2. اثنان\n\n- [ ] عنصر\n\n> اقتباس عربي\n\n| اسم | عدد |\n|---|--:|\n| تفاح | 3 |\n"
    reply = chat.ask(f"مرحبا [[say: {arabic}]]")
    for mark in (reply.locator("ol"), reply.locator("ul"), reply.get_by_role("blockquote")):
        right, left = mark.evaluate(
            "it => ['Right', 'Left'].map(side => parseFloat(getComputedStyle(it)[`padding${side}`]))"
        )
        assert right > left == 0


def test_a_table_from_right_to_left_begins_at_the_right(chat: Chat) -> None:
    reply = chat.ask("Table [[say: روما\n\n| المكان | السعر |\n|---|---|\n| الكولوسيوم | 18 |]]")
    sides = [reply.locator(name).bounding_box() for name in ("table", "[data-part=body]")]
    rights = [round(box["x"] + box["width"]) for box in sides if box]
    assert rights[0] == rights[1]


def test_a_table_that_is_wider_than_the_page_shows_where_it_goes_on(phone: Chat) -> None:
    cells = "|".join(f"column{n:02}" for n in range(12))
    reply = phone.ask(f"Table [[say: |{cells}|\n{'|---' * 12}|\n|{cells}|]]")
    table = reply.get_by_role("group", name="Table")
    assert "linear-gradient" in table.evaluate("it => getComputedStyle(it).backgroundImage")
    phone.page.emulate_media(forced_colors="active")
    assert table.evaluate("it => getComputedStyle(it).backgroundImage") == "none"
