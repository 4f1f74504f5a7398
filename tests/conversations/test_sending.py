"""Saying something: what the stream tells, and what is kept."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest

from tests.conversations import kept
from tests.conversations.held import being_answered
from tests.model_answers import Answer
from tests.model_server import ModelServer, Request
from tests.site import Said, Site, Visitor

LONG = " ".join(f"word{number}" for number in range(400))


def blocks_of(events: list[tuple[str, Any]]) -> list[str]:
    blocks: dict[int, str] = {}
    for name, data in events:
        if name == "block":
            blocks[data["n"]] = data["html"]
    assert list(blocks) == list(range(len(blocks)))
    return list(blocks.values())


def asked_for(server: ModelServer, text: str) -> list[Request]:
    """The requests for a reply whose last message has this text."""
    return [chat for chat in server.chats if chat.body["messages"][-1]["content"] == text]


def test_the_question_is_in_the_store_before_the_page_hears_of_it(site: Site, reader: Visitor) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    with being_answered(reader, said, "Safe?"):
        messages = kept.messages(site, said.conversation)
        assert said["started"] | {"reply": ""} == {
            "conversation": said.conversation,
            "url": f"/c/{said.conversation}/",
            "message": said.message,
            "reply": "",
            "model": "test-model",
            "model_name": "test-model",
        }
        assert messages[said.message]["text"] == "Safe? [[hold 1]]"
        assert said.reply not in messages


def test_the_reply_is_kept_before_the_page_hears_that_it_is_done(site: Site, reader: Visitor) -> None:
    conversation = str(uuid4())
    body = {"message": str(uuid4()), "parent": None, "text": "Done? [[say: Done.]]"}
    with reader.stream(f"/c/{conversation}/messages/", body) as events:
        _, started = next(events)
        assert next(data for name, data in events if name == "done")["finish"] == "stop"
        assert kept.messages(site, conversation)[started["reply"]]["text"] == "Done."
        row = kept.query(site, "SELECT message_count FROM conversations_conversation WHERE id = ?", conversation)
        assert row == [(2,)]


def test_events_come_in_order_and_the_stream_closes(reader: Visitor) -> None:
    said = reader.say(f"In order [[slow 0.001]] [[say: {LONG}]]")
    steps = [name for name in said.names if name != "title"]
    assert steps[0] == "started"
    assert steps[-1] == "done"
    assert set(steps[1:-1]) == {"block"}
    assert said.names.count("title") == 1


def test_the_count_of_characters_grows_up_to_the_length_of_the_text(reader: Visitor) -> None:
    said = reader.say(f"Count [[slow 0.001]] [[say: {LONG}]]")
    counts = [data["chars"] for name, data in said.events if name == "block"]
    assert counts == sorted(counts)
    assert counts[-1] == len(LONG)


@pytest.mark.parametrize("question", ["Plain [[say: one *two* three]]", "Tell me about lists [[slow 0.004]]"])
def test_the_blocks_are_what_done_and_the_page_show(reader: Visitor, question: str) -> None:
    said = reader.say(question)
    html = said["done"]["html"]
    assert "".join(blocks_of(said.events)) == html
    assert html in reader.http.get(said["started"]["url"]).text


def test_usage_and_times_are_told_and_kept(site: Site, reader: Visitor) -> None:
    said = reader.say("Numbers [[think: first a thought]] [[say: two words]]")
    done = said["done"]
    assert done["finish"] == "stop"
    assert done["usage"]["completion_tokens"] == 2
    assert done["usage"]["prompt_tokens"] > 0
    assert 0 < done["timing_ms"]["first"] <= done["timing_ms"]["reasoning"] <= done["timing_ms"]["total"]
    reply = kept.messages(site, said.conversation)[said.reply]
    assert reply["usage"] == done["usage"]
    assert reply["timing_ms"] == done["timing_ms"]
    assert (reply["model"], reply["backend"], reply["finish"]) == ("test-model", "huggingface", "stop")
    row = kept.query(site, "SELECT finish, total_ms FROM conversations_reply WHERE id = ?", said.reply)
    assert row == [("stop", done["timing_ms"]["total"])]


@pytest.mark.parametrize(
    "question",
    [
        "Think [[think: let me see now]] [[say: The answer.]]",
        "Inline [[say: <think>let me see now</think>The answer.]]",
    ],
)
def test_thinking_is_kept_apart_from_the_answer(site: Site, reader: Visitor, question: str) -> None:
    said = reader.say(question)
    thought = "".join(data["text"] for name, data in said.events if name == "reasoning")
    reply = kept.messages(site, said.conversation)[said.reply]
    assert (thought, reply["reasoning"], reply["text"]) == ("let me see now", "let me see now", "The answer.")
    assert "let me see" not in said["done"]["html"]
    page = reader.http.get(f"/c/{said.conversation}/").text
    assert re.search(r'data-part="reasoning-text">let me see now<', page)


def test_no_words_stay_in_the_database_when_a_reply_has_ended(
    site: Site, reader: Visitor, model_server: ModelServer
) -> None:
    # The title comes late, so that the running replies are saved once more after this one has ended.
    model_server.titles.append(Answer(before_headers=1.0))
    said = reader.say("Leave nothing here [[say: a few words]]")
    assert said["title"]["title"] == "Leave Nothing Here"
    assert kept.count(site, "piece", "reply_id = ?", said.reply) == 0


def test_a_second_message_goes_on_after_the_first_reply(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    first = reader.say("My name is Ada. [[say: Hello Ada!]]")
    second = reader.say("What is my name? [[say: Ada.]]", first.conversation, parent=first.reply)
    messages = asked_for(model_server, "What is my name? [[say: Ada.]]")[0].body["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert [message["content"] for message in messages[1:]] == [
        "My name is Ada. [[say: Hello Ada!]]",
        "Hello Ada!",
        "What is my name? [[say: Ada.]]",
    ]
    assert messages[0]["content"].startswith("You are a polite")
    said = kept.messages(site, first.conversation)
    assert [message["parent"] for message in said.values()] == [None, first.message, first.reply, second.message]
    assert kept.transcript(site, first.conversation)["current"] == second.reply


def test_a_message_without_a_parent_begins_anew_in_the_same_conversation(
    site: Site, reader: Visitor, model_server: ModelServer
) -> None:
    first = reader.say("Root one [[say: one]]")
    second = reader.say("Root two [[say: two]]", first.conversation)
    said = kept.messages(site, first.conversation)
    assert [said[root]["parent"] for root in (first.message, second.message)] == [None, None]
    roles = [message["role"] for message in asked_for(model_server, "Root two [[say: two]]")[0].body["messages"]]
    assert roles == ["system", "user"]
    assert "Root one" not in reader.http.get(f"/c/{first.conversation}/").text.partition('role="log"')[2]


def test_a_failed_reply_is_no_part_of_what_the_model_is_told(reader: Visitor, model_server: ModelServer) -> None:
    first = reader.say("Break [[fail 500]]")
    reader.say("Go on [[say: fine]]", first.conversation, parent=first.reply)
    messages = asked_for(model_server, "Break [[fail 500]]\n\nGo on [[say: fine]]")[0].body["messages"]
    assert [message["role"] for message in messages] == ["system", "user"]


def test_the_answer_of_the_stream_is_neither_stored_nor_buffered_nor_compressed(reader: Visitor) -> None:
    body = {"message": str(uuid4()), "parent": None, "text": "Headers [[say: yes]]"}
    headers = {**reader.headers, "Accept": "text/event-stream", "Accept-Encoding": "gzip, br"}
    with reader.http.stream("POST", f"/c/{uuid4()}/messages/", json=body, headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in response.headers
        response.read()
