"""Stop generating: at any moment, from anywhere, and what was shown is kept."""

from __future__ import annotations

import html
import re
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.conversations import kept
from tests.conversations.asked import request_for
from tests.model_server import ModelServer
from tests.site import Said, Site, Visitor

WORDS = " ".join(f"word{number}" for number in range(2000))
MORE = " ".join(f"word{number}" for number in range(8000))
"""More than is said before somebody who hurries has stopped it."""


def stop(visitor: Visitor, conversation: str, reply: str) -> httpx2.Response:
    return visitor.post(f"/c/{conversation}/replies/{reply}/stop/")


def shown(events: list[tuple[str, Any]]) -> str:
    """The text in the page, from the blocks it got."""
    blocks = {data["n"]: data["html"] for name, data in events if name == "block"}
    return html.unescape(re.sub(r"<[^>]+>", "", "".join(blocks.values()))).strip()


def test_a_reply_is_stopped_before_its_first_word(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    question = f"Hang {uuid4()} [[hang]]"
    said = Said(str(uuid4()), str(uuid4()))
    body = {"message": said.message, "parent": None, "text": question}
    with reader.stream(f"/c/{said.conversation}/messages/", body) as events:
        said.events.append(next(events))
        asked = request_for(model_server, question)
        assert stop(reader, said.conversation, said.reply).status_code == 204
        assert asked.gone.wait(30)
        said.events.extend(events)
    assert (said["done"]["finish"], said["done"]["html"]) == ("stopped", "")
    assert said["title"]["title_by"] == "fallback"
    reply = kept.messages(site, said.conversation)[said.reply]
    assert (reply["finish"], reply["text"]) == ("stopped", "")
    assert 'data-finish="stopped"' in reader.http.get(f"/c/{said.conversation}/").text


@pytest.mark.parametrize("pause", [0.001, 0.01, 0.05])
def test_what_was_shown_when_it_was_stopped_is_kept_and_never_grows_back(
    site: Site, reader: Visitor, model_server: ModelServer, pause: float
) -> None:
    question = f"In the middle {uuid4()} [[slow {pause}]] [[say: {MORE}]]"
    said = Said(str(uuid4()), str(uuid4()))
    body = {"message": said.message, "parent": None, "text": question}
    with reader.stream(f"/c/{said.conversation}/messages/", body) as events:
        for event in events:
            said.events.append(event)
            if said.names.count("block") == 3:
                break
        assert stop(reader, said.conversation, said.reply).status_code == 204
        assert request_for(model_server, question).gone.wait(30)
        said.events.extend(events)
    text = kept.messages(site, said.conversation)[said.reply]["text"]
    assert said["done"]["finish"] == "stopped"
    assert 0 < len(text) < len(MORE)
    assert MORE.startswith(text)
    last = [data for name, data in said.events if name == "block"][-1]
    assert last["chars"] == len(text)
    assert shown(said.events) == text.strip()
    page = reader.http.get(f"/c/{said.conversation}/").text
    assert said["done"]["html"] in page
    assert said["done"]["html"] == last["html"]


def test_stopping_a_reply_that_has_ended_changes_nothing(site: Site, reader: Visitor) -> None:
    said = reader.say("All said [[say: whole]]")
    before = kept.transcript(site, said.conversation)
    assert stop(reader, said.conversation, said.reply).status_code == 204
    assert kept.transcript(site, said.conversation) == before


def test_a_stranger_cannot_stop_a_reply(site: Site, reader: Visitor, stranger: Visitor) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    body = {"message": said.message, "parent": None, "text": "Mine [[slow 0.02]] [[say: one two three four five six]]"}
    with reader.stream(f"/c/{said.conversation}/messages/", body) as events:
        said.events.append(next(events))
        assert stop(stranger, said.conversation, said.reply).status_code == 404
        said.events.extend(events)
    assert said["done"]["finish"] == "stop"
    assert kept.messages(site, said.conversation)[said.reply]["text"] == "one two three four five six"


def test_a_reply_that_never_was_cannot_be_stopped(reader: Visitor) -> None:
    said = reader.say("Other ids [[say: yes]]")
    assert stop(reader, said.conversation, str(uuid4())).status_code == 404
    assert stop(reader, str(uuid4()), said.reply).status_code == 404


def test_stopping_twice_is_stopping_once(site: Site, reader: Visitor) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    body = {"message": said.message, "parent": None, "text": f"Twice [[slow 0.01]] [[say: {WORDS}]]"}
    with reader.stream(f"/c/{said.conversation}/messages/", body) as events:
        said.events.append(next(events))
        assert [stop(reader, said.conversation, said.reply).status_code for _ in range(2)] == [204, 204]
        said.events.extend(events)
    assert said.names.count("done") == 1
    assert kept.messages(site, said.conversation)[said.reply]["finish"] == "stopped"


def test_a_conversation_goes_on_after_a_stopped_reply(reader: Visitor, model_server: ModelServer) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    body = {"message": said.message, "parent": None, "text": f"Stop me [[slow 0.01]] [[say: {WORDS}]]"}
    with reader.stream(f"/c/{said.conversation}/messages/", body) as events:
        for event in events:
            said.events.append(event)
            if event[0] == "block":
                stop(reader, said.conversation, said.reply)
    question = f"Go on {uuid4()} [[say: gone on]]"
    following = reader.say(question, said.conversation, parent=said.reply)
    assert following["done"]["finish"] == "stop"
    told = request_for(model_server, question).body["messages"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "user"]
    assert told[2]["content"] == shown(said.events)
