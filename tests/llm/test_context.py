from __future__ import annotations

import time

import pytest

from llm.backends.base import Message
from llm.context import estimate, fit


def said(*texts: str) -> list[Message]:
    """User and assistant in turn."""
    return [{"role": ("user", "assistant")[index % 2], "content": text} for index, text in enumerate(texts)]


def contents(messages: list[Message]) -> list[str]:
    return [message["content"] for message in messages]


def test_a_short_conversation_is_kept_whole() -> None:
    window = fit(said("one", "two", "three"), system_prompt="Be brief.")
    assert contents(window.messages) == ["Be brief.", "one", "two", "three"]
    assert window.left_out == 0


def test_the_oldest_turns_are_left_out_and_a_question_comes_first() -> None:
    messages = said(*(f"message {number} " + "x" * 400 for number in range(21)))
    window = fit(messages, system_prompt="Be brief.", tokens=600)
    assert [message["role"] for message in window.messages] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]
    assert window.messages[-1] == messages[-1]
    assert window.left_out == 16


def test_the_last_question_is_kept_however_long_it_is() -> None:
    window = fit(said("one", "two", "x" * 100_000), tokens=100, system_prompt="Be brief.")
    assert [len(text) for text in contents(window.messages)] == [9, 100_000]
    assert window.left_out == 2


def test_the_system_prompt_of_the_conversation_replaces_the_sites() -> None:
    messages: list[Message] = [{"role": "system", "content": "Sing."}, *said("one")]
    assert contents(fit(messages, system_prompt="Be brief.").messages) == ["Sing.", "one"]
    messages[0] = {"role": "system", "content": ""}
    assert contents(fit(messages, system_prompt="Be brief.").messages) == ["one"]


def test_replies_that_failed_or_said_nothing_are_skipped_and_their_questions_joined() -> None:
    messages: list[Message] = [
        *said("one", "  \n", "two"),
        {"role": "assistant", "content": "half", "finish": "failed"},
        {"role": "user", "content": "three"},
    ]
    window = fit(messages)
    assert window.messages == [{"role": "user", "content": "one\n\ntwo\n\nthree"}]
    assert window.left_out == 0


def test_a_cut_reply_is_kept_after_its_question_to_be_continued() -> None:
    assert contents(fit(said("one", "two")).messages) == ["one", "two"]


def test_a_conversation_that_begins_with_a_reply_loses_it() -> None:
    messages: list[Message] = [{"role": "assistant", "content": "Welcome!"}, *said("one")]
    window = fit(messages)
    assert contents(window.messages) == ["one"]
    assert window.left_out == 1


def test_system_messages_in_the_middle_move_to_the_front() -> None:
    messages: list[Message] = [*said("one", "two"), {"role": "system", "content": "Sing."}, *said("three")]
    assert [message["role"] for message in fit(messages).messages] == ["system", "user", "assistant", "user"]


@pytest.mark.parametrize(
    "messages", [[], [{"role": "assistant", "content": "x"}], said(" "), [{"role": "tool", "content": "x"}]]
)
def test_nothing_to_answer_is_a_mistake_of_the_caller(messages: list[Message]) -> None:
    with pytest.raises(ValueError, match="message"):
        fit(messages)


@pytest.mark.parametrize(
    ("text", "tokens"), [("word " * 80, 100), ("你" * 100, 100), ("я" * 100, 62), ("", 0), ("\ud83d" * 8, 2)]
)
def test_the_estimate_knows_other_scripts(text: str, tokens: int) -> None:
    assert estimate(text) - estimate("") == tokens


def test_ten_thousand_messages_are_fast() -> None:
    messages = said(*(f"message {number} " + "word " * 200 for number in range(10_001)))
    start = time.process_time()
    window = fit(messages)
    assert time.process_time() - start < 0.1
    assert len(window.messages) + window.left_out == 10_001
