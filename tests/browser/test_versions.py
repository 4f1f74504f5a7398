"""Versions of a reply: asked for once more, both are there, and one leads to the other."""

from __future__ import annotations

from tests.browser.chat import Chat, expect
from tests.model_answers import Answer
from tests.model_server import ModelServer


def test_a_complete_reply_can_be_asked_for_again_and_only_the_last_one(chat: Chat) -> None:
    chat.ask("Bread? [[say: Mix, fold, rest, bake.]]")
    chat.ask("And rolls? [[say: Smaller.]]")
    expect(chat.replies.first.get_by_role("button", name="Regenerate")).to_be_hidden()
    chat.replies.last.get_by_role("button", name="Regenerate").click()
    expect(chat.answered().get_by_text("2 of 2")).to_be_visible()
    expect(chat.questions).to_have_count(2)


def test_a_reply_asked_for_again_is_a_second_version(chat: Chat, model_server: ModelServer) -> None:
    count = Answer(text="one two three four five six seven eight nine ten", hold_after=4)
    model_server.script.append(count)
    chat.say("Count [[title: Counting From One to Ten]]")
    expect(chat.replies).to_contain_text("three")
    chat.stop.click()
    chat.answered()
    expect(chat.row("Counting From One to Ten")).to_be_visible()
    model_server.script.append(Answer(text="The second version."))
    chat.replies.get_by_role("button", name="Regenerate").click()
    expect(chat.answered()).to_contain_text("The second version.")
    expect(chat.replies.get_by_text("2 of 2")).to_be_visible()
    expect(chat.replies.get_by_role("button", name="Next version")).to_be_disabled()

    chat.replies.get_by_role("button", name="Previous version").click()
    expect(chat.replies).to_contain_text("one two three")
    expect(chat.replies.get_by_text("1 of 2")).to_be_visible()
    chat.message.fill("A draft stays")
    chat.replies.get_by_role("button", name="Next version").click()
    expect(chat.replies).to_contain_text("The second version.")
    expect(chat.message).to_have_value("A draft stays")
    chat.reload()
    expect(chat.replies).to_contain_text("The second version.")
