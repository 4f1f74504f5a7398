"""The title of a conversation: asked for once, saved everywhere, and never over the user's own."""

from __future__ import annotations

import html
from typing import Any
from uuid import uuid4

from tests.conversations import kept
from tests.conversations.held import going_on_afterwards
from tests.model_answers import TITLE_PROMPT, Answer
from tests.model_server import ModelServer
from tests.site import Site, Visitor


def titles_asked(server: ModelServer, question: str) -> list[dict[str, Any]]:
    """The requests for a title of the conversation that began with this question."""
    found = []
    for chat in server.chats:
        messages = chat.body["messages"]
        if messages[-1]["content"].endswith(TITLE_PROMPT) and messages[0]["content"] == question:
            found.append(chat.body)
    return found


def row(site: Site, conversation: str) -> tuple[str, str]:
    [found] = kept.query(site, "SELECT title, title_by FROM conversations_conversation WHERE id = ?", conversation)
    return found[0], found[1]


def in_store(site: Site, conversation: str) -> tuple[str, str]:
    transcript = kept.transcript(site, conversation)
    return transcript["title"], transcript["title_by"]


def test_the_models_title_is_told_and_kept_and_shown(site: Site, reader: Visitor) -> None:
    said = reader.say("Where to go? [[say: To Rome.]] [[title: Planning One Weekend in Rome]]")
    title = "Planning One Weekend in Rome"
    assert said["title"] == {"title": title, "title_by": "model"}
    assert row(site, said.conversation) == in_store(site, said.conversation) == (title, "model")
    sidebar = reader.http.get("/c/").text
    assert f'href="/c/{said.conversation}/"' in sidebar
    assert title in sidebar
    assert f"<title>{title} ·" in reader.http.get(f"/c/{said.conversation}/").text


def test_what_the_model_says_is_cleaned(reader: Visitor) -> None:
    said = reader.say('Clean [[say: yes]] [[title: <think>5 words</think>**Title:** "Trip 🎉 to Rome & Venice".]]')
    title = said["title"]["title"]
    assert title == "Trip to Rome & Venice"
    sidebar = reader.http.get("/c/").text
    assert html.escape(title) in sidebar
    assert title not in sidebar


def test_the_request_is_the_first_exchange_and_one_more_message(reader: Visitor, model_server: ModelServer) -> None:
    question = f"What is asked? {uuid4()} [[say: This.]]"
    reader.say(question)
    [asked] = titles_asked(model_server, question)
    assert asked["messages"] == [
        {"role": "user", "content": question},
        {"role": "assistant", "content": "This."},
        {"role": "user", "content": "Give this conversation a descriptive, 5-word title with no emojis"},
    ]


def test_a_conversation_that_has_its_title_is_not_named_again(reader: Visitor, model_server: ModelServer) -> None:
    question = f"Once only {uuid4()} [[say: one]] [[title: One Title Is Quite Enough]]"
    first = reader.say(question)
    second = reader.say("More [[say: two]]", first.conversation, parent=first.reply)
    assert "title" not in second.names
    assert len(titles_asked(model_server, question)) == 1


def test_without_a_title_from_the_model_the_first_words_serve_and_it_is_asked_once_more(
    site: Site, reader: Visitor, model_server: ModelServer
) -> None:
    question = f"How tall are giraffes in the wild? {uuid4()} [[title fail]] [[say: Tall.]]"
    first = reader.say(question)
    assert first["title"]["title_by"] == "fallback"
    assert first["title"]["title"].startswith("How tall are giraffes")
    assert row(site, first.conversation) == in_store(site, first.conversation)
    assert row(site, first.conversation) == (first["title"]["title"], "fallback")
    second = reader.say("And lions? [[say: Less.]]", first.conversation, parent=first.reply)
    third = reader.say("And bears? [[say: Less.]]", first.conversation, parent=second.reply)
    assert "title" not in second.names + third.names
    assert len(titles_asked(model_server, question)) == 2


def test_the_second_attempt_may_succeed(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    first = reader.say("[[title: I am sorry, I cannot do that]] [[say: What?]] Naming is hard for models")
    assert first["title"]["title_by"] == "fallback"
    path = kept.transcript_path(site, first.conversation)
    assert path
    # The question now asks for a good title, as if the model had come to its senses.
    path.write_text(path.read_text().replace("I am sorry, I cannot do that", "Why Naming Things Is Hard"))
    second = reader.say("Try again [[say: Yes.]]", first.conversation, parent=first.reply)
    assert second["title"] == {"title": "Why Naming Things Is Hard", "title_by": "model"}
    assert row(site, first.conversation) == in_store(site, first.conversation)


def test_a_title_the_user_gave_while_the_reply_ran_stays(
    site: Site, reader: Visitor, model_server: ModelServer
) -> None:
    with going_on_afterwards(reader, model_server, "Rename [[hold 1]] [[title: Not This One At All]]") as said:
        assert reader.post(f"/c/{said.conversation}/rename/", {"title": "My own"}).status_code == 204
    assert said["done"]["finish"] == "stop"
    assert row(site, said.conversation) == in_store(site, said.conversation) == ("My own", "user")
    assert all(data["title"] == "My own" for name, data in said.events if name == "title")
    reader.say("More [[say: d]]", said.conversation, parent=said.reply)
    assert row(site, said.conversation) == ("My own", "user")


def test_a_long_reply_gets_its_title_while_it_is_written(
    site: Site, reader: Visitor, model_server: ModelServer
) -> None:
    words = " ".join(f"word{number}" for number in range(150))
    question = f"A long one [[hold 149]] [[title: Early Title of Long Replies]] [[say: {words}]]"
    with going_on_afterwards(reader, model_server, question) as said:
        kept.wait_for(lambda: row(site, said.conversation) == ("Early Title of Long Replies", "model"))
    assert said.names.index("title") < said.names.index("done")
    assert said["done"]["finish"] == "stop"


def test_a_title_there_was_no_time_for_is_asked_for_again_when_the_reply_has_ended(
    site: Site, reader: Visitor, model_server: ModelServer
) -> None:
    words = " ".join(f"word{number}" for number in range(150))
    question = f"How long can it get? {uuid4()}"
    model_server.script.append(Answer(text=words, delay=0.004))
    model_server.titles.append(Answer(status=500))
    first = reader.say(question)
    assert first["title"]["title_by"] == "model"
    assert row(site, first.conversation) == in_store(site, first.conversation) == (first["title"]["title"], "model")
    assert len(titles_asked(model_server, question)) == 2


def test_it_is_asked_for_twice_in_all(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    words = " ".join(f"word{number}" for number in range(150))
    question = f"Never named {uuid4()} [[title fail]]"
    model_server.script.append(Answer(text=words, delay=0.004))
    first = reader.say(question)
    second = reader.say("And now?", first.conversation, parent=first.reply)
    assert first["title"]["title_by"] == "fallback"
    assert "title" not in second.names
    assert len(titles_asked(model_server, question)) == 2


def test_a_failed_reply_has_the_first_words_for_a_title(site: Site, reader: Visitor) -> None:
    said = reader.say("Nothing comes of this [[fail 500]]")
    assert "failed" in said.names
    assert said["title"]["title_by"] == "fallback"
    assert row(site, said.conversation) == in_store(site, said.conversation)


def test_without_titles_no_request_is_spent(hasty: Site, hurried: Visitor, hasty_server: ModelServer) -> None:
    said = hurried.say("Save my tokens please, all of them [[say: yes]]")
    assert said["title"]["title_by"] == "fallback"
    assert row(hasty, said.conversation) == in_store(hasty, said.conversation)
    assert len(hasty_server.chats) == 1


def test_the_first_words_are_those_of_the_first_question_also_where_it_was_not_answered(
    site: Site, reader: Visitor
) -> None:
    question = "A first question [[fail 500]]"
    first = reader.say(question)
    again = reader.say("Another question [[fail 500]]", first.conversation, first.reply)
    assert again["title"]["title"] == question
    assert row(site, first.conversation) == in_store(site, first.conversation) == (question, "fallback")
