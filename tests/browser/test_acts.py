"""What one does to messages: other words, a rating, a fork, a copy of some code, how a reply came about."""

from __future__ import annotations

import re

from tests.browser.chat import Chat, Locator, Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.guard import Guard
from tests.browser.people import Person


def edit(chat: Chat, message: Locator, text: str, *, send: str = "Send") -> None:
    message.hover()
    message.get_by_role("button", name="Edit message").click()
    editor = chat.page.get_by_role("textbox", name="Message in other words")
    expect(editor).to_be_focused()
    editor.fill(text)
    chat.page.get_by_role("button", name=send, exact=True).click()


def more(chat: Chat, reply: Locator, item: str) -> None:
    reply.get_by_role("button", name="More about this reply").click()
    chat.page.get_by_role("menuitem", name=item).click()


def test_a_question_is_asked_in_other_words_and_the_old_one_is_kept(chat: Chat) -> None:
    chat.ask("Bread? [[say: Mix and bake.]]")
    chat.ask("Rolls? [[say: Smaller.]]")
    edit(chat, chat.questions.first, "Cake? [[say: Beat and bake.]]")
    expect(chat.questions).to_have_count(1)
    expect(chat.answered()).to_contain_text("Beat and bake.")
    expect(chat.questions.get_by_text("2 of 2")).to_be_visible()
    chat.ask("Thanks! [[say: With pleasure.]]")
    chat.questions.first.get_by_role("button", name="Previous version").click()
    expect(chat.replies.last).to_contain_text("Smaller.")
    expect(chat.questions).to_have_count(2)
    chat.reload()
    expect(chat.replies.last).to_contain_text("Smaller.")
    chat.questions.first.get_by_role("button", name="Next version").click()
    expect(chat.replies.last).to_contain_text("With pleasure.")
    expect(chat.questions.first.get_by_role("button", name="Previous version")).to_be_focused()


def test_an_edit_that_is_given_up_leaves_everything_as_it_was(chat: Chat) -> None:
    chat.ask("Bread? [[say: Mix and bake.]]")
    question = chat.questions.first
    question.hover()
    button = question.get_by_role("button", name="Edit message")
    button.click()
    editor = chat.page.get_by_role("textbox", name="Message in other words")
    expect(editor).to_have_value("Bread? [[say: Mix and bake.]]")
    editor.fill("Cake?")
    editor.press("Escape")
    expect(editor).to_have_count(0)
    expect(button).to_be_focused()
    expect(question).to_contain_text("Bread?")


def test_an_edit_that_cannot_be_sent_is_still_there(chat: Chat, guard: Guard) -> None:
    guard.expect("net::ERR_")
    chat.ask("Bread? [[say: Mix and bake.]]")
    question = chat.questions.first
    question.hover()
    question.get_by_role("button", name="Edit message").click()
    editor = chat.page.get_by_role("textbox", name="Message in other words")
    editor.fill("Cake? [[say: Beat.]]")
    chat.context.route("**/messages/", lambda route: route.abort())
    chat.page.get_by_role("button", name="Send", exact=True).click()
    expect(chat.page.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()
    expect(editor).to_have_value("Cake? [[say: Beat.]]")
    expect(chat.replies.last).to_contain_text("Mix and bake.")
    chat.context.unroute("**/messages/")
    chat.page.get_by_role("button", name="Send", exact=True).click()
    expect(chat.answered()).to_contain_text("Beat.")


def test_a_reply_is_put_into_other_words(chat: Chat) -> None:
    reply = chat.ask("Bread? [[say: Mix and **bake**.]]")
    more(chat, reply, "Edit reply")
    editor = chat.page.get_by_role("textbox", name="Message in other words")
    expect(editor).to_have_value("Mix and **bake**.")
    editor.fill("Mix, _wait_ and bake.")
    chat.page.get_by_role("button", name="Save", exact=True).click()
    expect(chat.replies.last).to_contain_text("Mix, wait and bake.")
    expect(chat.replies.last).to_contain_text("Edited by you")
    expect(chat.replies.get_by_text("2 of 2")).to_be_visible()
    chat.ask("And then? [[say: Eat.]]")
    chat.reload()
    expect(chat.replies.first).to_contain_text("Edited by you")


def test_what_is_saved_but_cannot_be_shown_is_no_edit_any_more(chat: Chat, guard: Guard) -> None:
    guard.expect("net::ERR_")
    reply = chat.ask("Bread? [[say: Mix and bake.]]")
    more(chat, reply, "Edit reply")
    editor = chat.page.get_by_role("textbox", name="Message in other words")
    editor.fill("Mix and wait.")
    chat.context.route("**/messages/", lambda route: route.abort())
    chat.page.get_by_role("button", name="Save", exact=True).click()
    expect(chat.page.get_by_text("Saved as a version of its own.")).to_be_attached()
    chat.context.unroute("**/messages/")
    expect(chat.replies.last).to_contain_text("Mix and wait.")
    chat.replies.get_by_role("button", name="Previous version").click()
    expect(chat.replies.last).to_contain_text("Mix and bake.")
    more(chat, chat.replies.last, "Edit reply")
    expect(editor).to_have_value("Mix and bake.")


def test_a_reply_is_rated_with_a_comment(chat: Chat) -> None:
    reply = chat.ask("Bread? [[say: Mix and bake.]]")
    bad = reply.get_by_role("button", name="Bad reply")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "true")
    comment = chat.page.get_by_role("textbox", name="What was wrong with it?")
    comment.fill("Too short")
    comment.press("Enter")
    expect(comment).to_have_count(0)
    expect(bad).to_be_focused()
    chat.reload()
    expect(bad).to_have_attribute("aria-pressed", "true")
    reply.get_by_role("button", name="Good reply").click()
    expect(bad).to_have_attribute("aria-pressed", "false")
    chat.page.get_by_role("button", name="No comment").click()
    reply.get_by_role("button", name="Good reply").click()
    expect(reply.get_by_role("button", name="Good reply")).to_have_attribute("aria-pressed", "false")


def test_a_conversation_is_forked_at_a_reply(chat: Chat) -> None:
    chat.ask("Bread? [[say: Mix and bake.]] [[title: Bread]]")
    chat.ask("Rolls? [[say: Smaller.]]")
    expect(chat.row("Bread")).to_be_visible()
    before = chat.id
    more(chat, chat.replies.first, "Fork from here")
    expect(chat.questions).to_have_count(1)
    assert chat.id != before
    expect(chat.heading).to_have_text("Bread (fork)")
    chat.ask("Cake? [[say: Beat.]]")
    chat.row("Bread").click()
    expect(chat.replies.last).to_contain_text("Smaller.")


def test_the_details_of_a_reply(chat: Chat) -> None:
    reply = chat.ask("Bread? [[say: Mix and bake.]]")
    more(chat, reply, "Details")
    details = chat.page.get_by_role("dialog", name="How this reply came about")
    for term in ("Model", "Tokens", "Whole reply"):
        expect(details.get_by_role("term").filter(has_text=term)).to_be_visible()
    details.get_by_role("button", name="Close").click()
    expect(reply.get_by_role("button", name="More about this reply")).to_be_focused()


def test_code_is_copied_without_its_surroundings(visit: Visit, person: Person) -> None:
    chat = visit(person, permissions=["clipboard-read", "clipboard-write"]).open()
    reply = chat.ask("Code? [[say: So:\n\n```python\nx = 1\ny = 2\n```\n\nThat is it.]]")
    reply.get_by_role("button", name="Copy code").click()
    expect(chat.page.get_by_role("status").filter(has_text="Copied.")).to_have_count(1)
    assert chat.page.evaluate("navigator.clipboard.readText()") == "x = 1\ny = 2\n"


def test_how_long_it_thought_is_said_when_it_is_done_and_later(chat: Chat) -> None:
    chat.ask("Think [[think: Hm, let me see.]] [[say: Yes.]]")
    thought = chat.replies.get_by_text(re.compile(r"Thought for \d+ seconds?"))
    expect(thought).to_be_visible()
    said = thought.inner_text()
    chat.reload()
    expect(thought).to_have_text(said)


def test_a_cleared_conversation_begins_anew_or_comes_back(chat: Chat) -> None:
    chat.ask("Bread? [[say: Mix and bake.]] [[title: Bread]]")
    chat.options("Bread").get_by_role("menuitem", name="Clear").click()
    expect(chat.page.get_by_role("heading", name="A clean page")).to_be_visible()
    expect(chat.questions).to_have_count(0)
    chat.page.get_by_role("button", name="Undo").click()
    expect(chat.replies).to_contain_text("Mix and bake.")


def test_all_of_it_on_a_phone(visit: Visit, person: Person) -> None:
    chat = visit(person, **PHONE).open()
    reply = chat.ask("Bread? [[say: Mix and bake.]]")
    for name in ("Copy reply", "Good reply", "Bad reply", "Regenerate", "More about this reply"):
        box = reply.get_by_role("button", name=name).bounding_box()
        assert box
        assert round(min(box["width"], box["height"])) >= 44
    edit(chat, chat.questions.first, "Cake? [[say: Beat.]]")
    expect(chat.answered()).to_contain_text("Beat.")
