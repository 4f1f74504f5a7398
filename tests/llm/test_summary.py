from __future__ import annotations

import logging

import pytest

from llm import Config, Title, update_convo_summary
from llm import title as titles
from llm.backends.base import Message
from llm.title import TITLE_PROMPT
from tests.llm.conftest import Asker
from tests.model_answers import Answer
from tests.model_server import ModelServer

EXCHANGE: list[Message] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "What can I see in Rome?"},
    {"role": "assistant", "content": "The Colosseum."},
    {"role": "user", "content": "And else?"},
    {"role": "assistant", "content": "The Vatican."},
]


async def named(ask: Asker, messages: list[Message] = EXCHANGE, model: str = "test-model", **more: object) -> Title:
    return await update_convo_summary(messages, model=model, config=ask.config(**more))


async def test_the_model_is_asked_with_the_first_exchange(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text='**Title:** "Sights of Rome" 🇮🇹')
    title = await named(ask)
    assert (title, title.by) == ("Sights of Rome", "model")
    body = server.chats[0].body
    assert body["messages"] == [*EXCHANGE[1:3], {"role": "user", "content": TITLE_PROMPT}]
    assert (body["temperature"], body["max_tokens"]) == (0.2, 64)
    assert TITLE_PROMPT == "Give this conversation a descriptive, 5-word title with no emojis"


async def test_long_texts_are_cut_and_empty_replies_skipped(ask: Asker, server: ModelServer) -> None:
    await named(
        ask,
        [
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": ""},
            {"role": "user", "content": "x" * 5000},
            {"role": "assistant", "content": "y" * 5000},
        ],
    )
    sent = server.chats[0].body["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]
    assert [len(message["content"]) for message in sent[:2]] == [1000, 1000]


async def test_a_question_without_a_reply_is_named_too(ask: Asker, server: ModelServer) -> None:
    title = await named(ask, EXCHANGE[1:2])
    assert title.by == "model"
    assert [message["role"] for message in server.chats[0].body["messages"]] == ["user"]


@pytest.mark.parametrize(
    "model", ["deepseek-ai/DeepSeek-R1", "Qwen/Qwen3-8B", "openai/gpt-oss-20b", "o3", "x-thinking"]
)
async def test_a_model_that_thinks_gets_room_to_think(ask: Asker, server: ModelServer, model: str) -> None:
    server.answer = Answer(text="Sights of Rome", reasoning=("Hmm",))
    assert await named(ask, model=model) == "Sights of Rome"
    assert server.chats[0].body["max_tokens"] == 1024


async def test_a_model_that_has_thought_before_gets_room_to_think(ask: Asker, server: ModelServer) -> None:
    await named(ask, [EXCHANGE[1], {**EXCHANGE[2], "reasoning": "Hmm"}])
    assert server.chats[0].body["max_tokens"] == 1024


async def test_thinking_without_a_title_is_asked_once_and_no_more(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text="", reasoning=("Hmm",))
    assert (await named(ask)).by == "fallback"
    assert len(server.chats) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=401),
        Answer(status=500),
        Answer(text="Sights", ending="reset", break_after=1),
        Answer(text="Sights", ending="eof", finish=None),
        Answer(text="I'm sorry, I can't help with that."),
        Answer(body="<html>", content_type="text/html"),
    ],
)
async def test_without_a_usable_title_the_question_is_one(
    ask: Asker, server: ModelServer, caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    server.answer = answer
    with caplog.at_level(logging.WARNING):
        title = await named(ask, api_key="my-own-key")
    assert (title, title.by) == ("What can I see in Rome?", "fallback")
    assert "my-own-key" not in caplog.text


async def test_a_slow_model_is_not_waited_for(ask: Asker, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(titles, "SECONDS", 0.2)
    server.answer = Answer(before_headers=60)
    assert (await named(ask)).by == "fallback"


async def test_a_model_that_talks_on_is_interrupted(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text="word " * 5000, delay=0.001)
    assert (await named(ask)).by == "fallback"
    assert server.chats[0].sent < 2000


async def test_titles_can_be_switched_off(ask: Asker, server: ModelServer) -> None:
    assert (await named(ask, titles=False)).by == "fallback"
    assert not server.requests


async def test_titles_can_have_a_model_of_their_own(ask: Asker, server: ModelServer) -> None:
    await named(ask, title_model="other-model")
    assert server.chats[0].body["model"] == "other-model"


async def test_the_guide_names_by_the_question() -> None:
    title = await update_convo_summary(EXCHANGE, config=Config())
    assert (title, title.by) == ("What can I see in Rome?", "fallback")


async def test_nothing_at_all_is_a_new_chat(ask: Asker) -> None:
    title = await named(ask, [])
    assert (title, title.by) == ("New chat", "fallback")
