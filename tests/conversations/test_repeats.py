"""The same message twice, and several messages at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from unittest.mock import ANY
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from conversations.models import Conversation, Reply
from tests.conversations import kept
from tests.conversations.held import being_answered
from tests.conversations.pages import page_of
from tests.model_server import ModelServer
from tests.site import Said, Site, Visitor


def answers_to(server: ModelServer, question: str) -> int:
    """How often the model was asked for a reply to this question."""
    return sum(chat.body["messages"][-1]["content"] == question for chat in server.chats)


def refused(visitor: Visitor, said: Said, text: str, parent: str | None = None) -> tuple[int, str]:
    body = {"message": said.message, "parent": parent, "text": text}
    answer = visitor.post(f"/c/{said.conversation}/messages/", body)
    return answer.status_code, answer.json()["code"]


def test_a_message_sent_again_leads_to_the_same_reply(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    first = reader.say("Say it once [[say: once]]")
    again = reader.say("Say it once [[say: once]]", first.conversation, message=first.message)
    assert again.names == ["started", "snapshot", "done"]
    assert again["started"] == first["started"]
    assert again["done"] == first["done"]
    assert again["snapshot"]["html"] == first["done"]["html"]
    assert answers_to(model_server, "Say it once [[say: once]]") == 1
    assert list(kept.messages(site, first.conversation)) == [first.message, first.reply]


def test_what_the_store_alone_knows_is_found_again_and_not_answered_twice(
    site: Site, reader: Visitor, stranger: Visitor, model_server: ModelServer
) -> None:
    question = "Before the database was lost [[say: once]]"
    first = reader.say(question)
    kept.query(site, "DELETE FROM conversations_reply WHERE id = ?", first.reply)
    url = f"/c/{first.conversation}/replies/{first.reply}/"
    with reader.stream(url) as events:
        assert list(events) == [("snapshot", ANY), ("done", first["done"])]
    again = reader.say(question, first.conversation, message=first.message)
    assert (again["started"], again["done"]) == (first["started"], first["done"])
    assert answers_to(model_server, question) == 1
    assert list(kept.messages(site, first.conversation)) == [first.message, first.reply]
    assert refused(reader, first, "Another text") == (409, "said_otherwise")
    assert reader.post(f"{url}stop/").status_code == 204
    assert stranger.given(url)[0] == stranger.post(f"{url}stop/").status_code == 404


def test_a_message_sent_again_while_it_is_answered_gets_the_reply_that_runs(
    reader: Visitor, model_server: ModelServer
) -> None:
    question = "Again meanwhile [[slow 0.03]] [[say: one two three four five six seven eight nine ten]]"
    said = Said(str(uuid4()), str(uuid4()))
    body = {"message": said.message, "parent": None, "text": question}
    with reader.stream(f"/c/{said.conversation}/messages/", body) as events:
        _, started = next(events)
        again = reader.say(question, said.conversation, message=said.message)
        assert again["started"] == started
        assert again["done"] == dict(events)["done"]
    assert answers_to(model_server, question) == 1


def test_a_double_click_is_one_message_and_one_reply(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    question = f"Clicked {uuid4()} [[slow 0.01]] [[say: only once]]"
    conversation, message = str(uuid4()), str(uuid4())
    with ThreadPoolExecutor(8) as clicks:
        said = list(clicks.map(lambda _: reader.say(question, conversation, message=message), range(8)))
    assert len({each.reply for each in said}) == 1
    assert len({each["done"]["html"] for each in said}) == 1
    assert answers_to(model_server, question) == 1
    assert list(kept.messages(site, conversation)) == [message, said[0].reply]
    assert kept.count(site, "reply", "question = ?", message) == 1


def test_a_message_id_used_with_another_text_is_refused(site: Site, reader: Visitor) -> None:
    said = reader.say("The first text [[say: yes]]")
    before = kept.transcript(site, said.conversation)
    assert refused(reader, said, "Another text") == (409, "said_otherwise")
    assert kept.transcript(site, said.conversation) == before


def test_a_message_id_used_with_another_text_is_refused_while_it_is_answered(reader: Visitor) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    with being_answered(reader, said, "Slowly"):
        assert refused(reader, said, "Another text") == (409, "said_otherwise")


def test_the_id_of_a_reply_cannot_be_taken_for_a_message(site: Site, reader: Visitor) -> None:
    said = reader.say("Whose id is it? [[say: mine]]")
    before = kept.transcript(site, said.conversation)
    assert refused(reader, Said(said.conversation, said.reply), "Mine now") == (409, "said_otherwise")
    assert kept.transcript(site, said.conversation) == before
    assert kept.count(site, "reply", "question = ?", said.reply) == 0


def test_an_unknown_parent_is_refused_and_nothing_changes(site: Site, reader: Visitor) -> None:
    said = reader.say("Parents [[say: yes]]")
    before = kept.transcript(site, said.conversation)
    answer = refused(reader, Said(said.conversation, str(uuid4())), "Whose child?", parent=str(uuid4()))
    assert answer == (400, "unknown_parent")
    assert kept.transcript(site, said.conversation) == before
    assert kept.count(site, "reply", "conversation_id = ?", said.conversation) == 1


def test_a_parent_in_a_conversation_that_is_not_there_is_refused(site: Site, reader: Visitor) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    assert refused(reader, said, "Hello", parent=str(uuid4())) == (404, "not_found")
    assert kept.count(site, "conversation", "id = ?", said.conversation) == 0
    assert kept.transcript_path(site, said.conversation) is None


def test_a_reply_that_is_still_being_written_cannot_be_answered_yet(site: Site, reader: Visitor) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    with being_answered(reader, said, "Slowly"):
        next_one = Said(said.conversation, str(uuid4()))
        assert refused(reader, next_one, "And then?", parent=said.reply) == (409, "still_answering")
        assert list(kept.messages(site, said.conversation)) == [said.message]


def test_two_tabs_may_say_different_things_at_once_and_both_are_kept(site: Site, reader: Visitor) -> None:
    first = reader.say("The beginning [[say: begun]]")
    questions = [f"Tab {tab} [[slow 0.005]] [[say: answer {tab}]]" for tab in range(2)]
    with ThreadPoolExecutor(2) as tabs:
        said = list(tabs.map(lambda text: reader.say(text, first.conversation, parent=first.reply), questions))
    messages = kept.messages(site, first.conversation)
    assert len(messages) == 6
    for tab, each in enumerate(said):
        assert messages[each.message]["text"] == questions[tab]
        assert messages[each.message]["parent"] == first.reply
        assert messages[each.reply]["text"] == f"answer {tab}"
        assert messages[each.reply]["parent"] == each.message
        assert each.names.count("done") == 1
    row = kept.query(site, "SELECT message_count FROM conversations_conversation WHERE id = ?", first.conversation)
    assert row == [(6,)]


def test_the_page_shows_the_branch_of_the_tab_that_is_still_answered(reader: Visitor) -> None:
    first = reader.say("The beginning [[say: begun]]")
    slow, quick = Said(first.conversation, str(uuid4())), Said(first.conversation, str(uuid4()))
    with being_answered(reader, slow, "Slow tab", first.reply):
        reader.say("Quick tab [[say: done]]", first.conversation, parent=first.reply, message=quick.message)
        page = page_of(reader, f"/c/{first.conversation}/")
        assert page.ids == [first.message, first.reply, slow.message, slow.reply]
        assert page.one("#chat")["data-leaf"] == page.one("#chat")["data-running"] == slow.reply


@pytest.mark.django_db(transaction=True)
def test_a_question_whose_process_died_before_it_was_saved_can_be_sent_again_soon(
    as_alice: Client, alice: User
) -> None:
    row = Conversation.objects.create(id=uuid4(), owner=alice)
    died = Reply.objects.create(id=uuid4(), conversation=row, question=uuid4(), process=uuid4())
    body = {"message": str(died.question), "parent": None, "text": "Is anybody there?"}
    answer = as_alice.post(f"/c/{row.id}/messages/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (503, "restarting")
    assert answer.json()["retry_after"] == 5
