"""Models that refuse, fail, break off, or say nothing: one sentence of ours, the question kept, and Retry."""

from __future__ import annotations

import html
from uuid import uuid4

import pytest

from llm.errors import LLMError
from tests.conversations import kept
from tests.conversations.held import being_answered
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.site import Said, Site, Visitor

SENTENCES = {kind.code: kind.sentence for kind in LLMError.__subclasses__()}


def retry(visitor: Visitor, said: Said, reply: str | None = None) -> Said:
    """Asks for another reply to the question, as the page's Retry and Regenerate do."""
    again = Said(said.conversation, said.message)
    body = {"reply": reply} if reply else {}
    with visitor.stream(f"/c/{said.conversation}/messages/{said.message}/replies/", body) as events:
        again.events.extend(events)
    return again


def assert_failed(site: Site, visitor: Visitor, said: Said, code: str, text: str = "") -> None:
    """One event with our words; the question and what was said are kept, and the page shows it all again."""
    [failed] = [data for name, data in said.events if name == "failed"]
    assert "done" not in said.names
    assert (failed["code"], failed["message"]) == (code, SENTENCES[code])
    messages = kept.messages(site, said.conversation)
    assert list(messages) == [said.message, said.reply]
    reply = messages[said.reply]
    assert (reply["finish"], reply["error"], reply["text"]) == ("failed", code, text)
    assert kept.query(site, "SELECT finish, error FROM conversations_reply WHERE id = ?", said.reply) == [
        ("failed", code)
    ]
    page = visitor.http.get(f"/c/{said.conversation}/").text
    assert html.escape(SENTENCES[code]) in page.partition('role="log"')[2]
    assert html.escape(messages[said.message]["text"]) in page
    assert "upstream says" not in page


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad_request"),
        (401, "auth"),
        (402, "billing"),
        (403, "forbidden"),
        (404, "not_found"),
        (429, "rate_limited"),
        (500, "unavailable"),
        (503, "unavailable"),
    ],
)
def test_a_server_that_refuses_is_told_in_our_words(site: Site, reader: Visitor, status: int, code: str) -> None:
    said = reader.say(f"Refuse [[fail {status}]]")
    assert_failed(site, reader, said, code)
    assert said["failed"]["retry_after"] == (30 if status in {429, 503} else None)


def test_an_empty_reply_is_a_failure(site: Site, reader: Visitor) -> None:
    said = reader.say("Say nothing [[empty]]")
    [failed] = [data for name, data in said.events if name == "failed"]
    assert failed["code"] == "upstream"
    assert kept.messages(site, said.conversation)[said.reply]["error"] == "upstream"
    assert html.escape(failed["message"]) in reader.http.get(f"/c/{said.conversation}/").text


def test_a_model_that_thinks_until_there_is_no_room_left_has_reached_the_greatest_length(
    site: Site, reader: Visitor, model_server: ModelServer
) -> None:
    model_server.script.append(Answer(text="", reasoning=("on and on",), finish="length"))
    said = reader.say("Think about it")
    assert said["done"]["finish"] == "length"
    kept_reply = kept.messages(site, said.conversation)[said.reply]
    assert (kept_reply["text"], kept_reply["reasoning"], kept_reply["error"]) == ("", "on and on", None)


def test_what_came_before_a_reply_broke_off_is_kept(site: Site, reader: Visitor) -> None:
    said = reader.say("Break off [[die 3]] [[slow 0.01]] [[say: one two three four five]]")
    assert_failed(site, reader, said, "interrupted", "one two three")
    assert "one two three" in reader.http.get(f"/c/{said.conversation}/").text


def test_a_server_that_says_nothing_is_given_up(hasty: Site, hurried: Visitor) -> None:
    assert_failed(hasty, hurried, hurried.say("Nothing [[hang]]"), "timeout")


def test_a_server_that_stops_in_the_middle_is_given_up(
    hasty: Site, hurried: Visitor, hasty_server: ModelServer
) -> None:
    hasty_server.script.append(Answer(text="one two three four", ending="stall", break_after=2))
    assert_failed(hasty, hurried, hurried.say("Stall"), "timeout", "one two")


def test_a_server_that_is_not_there_is_told_and_retry_works_when_it_is_back(hasty: Site, hasty_models: int) -> None:
    visitor = hasty.visitor()
    said = visitor.say("Are you there? [[say: I am.]]")
    assert_failed(hasty, visitor, said, "unreachable")
    with ModelServer(port=hasty_models):
        assert retry(visitor, said)["done"]["finish"] == "stop"


def test_retry_makes_a_new_reply_beside_the_failed_one(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    model_server.script.append(Answer(status=500))
    said = reader.say("Once more [[say: Better now.]] [[title: Second Time Lucky With Luck]]")
    assert said["failed"]["code"] == "unavailable"
    again = retry(reader, said)
    assert again["started"] | {"reply": ""} == said["started"] | {"reply": ""}
    assert again.reply != said.reply
    assert again["done"]["finish"] == "stop"
    messages = kept.messages(site, said.conversation)
    assert [message["parent"] for message in messages.values()] == [None, said.message, said.message]
    assert kept.transcript(site, said.conversation)["current"] == again.reply
    page = reader.http.get(f"/c/{said.conversation}/").text
    assert again["done"]["html"] in page
    assert html.escape(said["failed"]["message"]) not in page
    assert again["title"] == {"title": "Second Time Lucky With Luck", "title_by": "model"}


def test_a_good_reply_can_be_regenerated_and_both_are_kept(site: Site, reader: Visitor) -> None:
    said = reader.say("Again please [[say: same]]")
    again = retry(reader, said)
    messages = kept.messages(site, said.conversation)
    assert [messages[reply]["text"] for reply in (said.reply, again.reply)] == ["same", "same"]


def test_a_retry_sent_twice_is_one_retry(site: Site, reader: Visitor) -> None:
    said = reader.say("Retry once [[fail 500]]")
    chosen = str(uuid4())
    replies = {retry(reader, said, chosen).reply for _ in range(2)}
    assert replies == {chosen}
    assert len(kept.messages(site, said.conversation)) == 3


def test_only_a_question_can_be_answered_again(reader: Visitor) -> None:
    said = reader.say("Questions only [[say: yes]]")
    for message in (said.reply, str(uuid4())):
        answer = reader.post(f"/c/{said.conversation}/messages/{message}/replies/")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("which", ["question", "reply of another question"])
def test_a_new_reply_cannot_take_the_id_of_another_message(site: Site, reader: Visitor, which: str) -> None:
    said = reader.say("The first [[say: one]]")
    other = reader.say("The second [[say: two]]", said.conversation, parent=said.reply)
    before = kept.transcript(site, said.conversation)
    taken = said.message if which == "question" else other.reply
    answer = reader.post(f"/c/{said.conversation}/messages/{said.message}/replies/", {"reply": taken})
    assert (answer.status_code, answer.json()["code"]) == (409, "said_otherwise")
    assert kept.transcript(site, said.conversation) == before


def test_a_question_that_is_being_answered_cannot_be_answered_again_yet(reader: Visitor) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    with being_answered(reader, said, "Slowly"):
        answer = reader.post(f"/c/{said.conversation}/messages/{said.message}/replies/")
        assert (answer.status_code, answer.json()["code"]) == (409, "still_answering")
