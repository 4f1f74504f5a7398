"""The site without a script: forms, redirects, and a page that refreshes itself."""

from __future__ import annotations

from uuid import uuid4

import httpx2

from tests.conversations import kept
from tests.conversations.asked import let_go_on
from tests.conversations.held import being_answered
from tests.conversations.pages import Page, ended, page_of
from tests.model_server import ModelServer
from tests.site import Said, Site, Visitor


def send(visitor: Visitor, page: Page, text: str, form: str = "form.composer") -> httpx2.Response:
    """Fills in a form of the page and sends it, as a browser does."""
    headers = {"Accept": "text/html,application/xhtml+xml", "Referer": str(visitor.http.base_url)}
    return visitor.http.post(str(page.one(form)["action"]), data=page.fields(form) | {"text": text}, headers=headers)


def test_a_whole_conversation_needs_no_script(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    question = f"No script {uuid4()} [[hold 1]] [[say: It works without one.]]"
    sent = send(reader, page_of(reader, "/c/new/"), question)
    assert sent.status_code == 303
    url = sent.headers["location"]
    page = page_of(reader, url)
    assert page.refreshes
    assert page.said[0].startswith("No script")
    let_go_on(model_server, question)

    page = kept.wait_for(lambda: ended(reader, url))
    assert page.said[1] == "It works without one."
    sent = send(reader, page, "And [[say: twice]]")
    assert (sent.status_code, sent.headers["location"]) == (303, url)
    conversation = url.split("/")[2]
    kept.wait_for(lambda: kept.texts(site, conversation, "assistant") == ["It works without one.", "twice"])
    parents = [message["parent"] for message in kept.messages(site, conversation).values()]
    assert parents == [None, *list(kept.messages(site, conversation))[:3]]


def test_a_form_sent_twice_is_one_message(site: Site, reader: Visitor) -> None:
    page = page_of(reader, "/c/new/")
    sent = [send(reader, page, "Back and send again [[say: once]]") for _ in range(2)]
    assert [answer.status_code for answer in sent] == [303, 303]
    conversation = sent[0].headers["location"].split("/")[2]
    kept.wait_for(lambda: kept.texts(site, conversation, "assistant") == ["once"])
    assert len(kept.messages(site, conversation)) == 2


def test_a_starter_is_a_form_that_works_by_itself(reader: Visitor) -> None:
    page = page_of(reader, "/c/new/")
    form = "form[data-part=starter]"
    prompt = page.fields(form)["text"]
    sent = send(reader, page, prompt, form)
    assert sent.status_code == 303
    assert page_of(reader, sent.headers["location"]).said[0] == prompt


def test_what_is_wrong_with_a_message_is_told_beside_its_text(reader: Visitor) -> None:
    text = "\n Too long & </textarea><b>" + "x" * 100_000
    sent = send(reader, page_of(reader, "/c/new/"), text)
    page = Page(sent.text)
    assert sent.status_code == 400
    assert "at most 100,000 characters" in page.error
    assert page.typed == text
    assert send(reader, page, "Shorter [[say: good]]").status_code == 303


def test_an_error_in_a_conversation_shows_that_conversation(reader: Visitor) -> None:
    said = reader.say("What was said before [[say: stays]]")
    sent = send(reader, page_of(reader, f"/c/{said.conversation}/"), "   ")
    page = Page(sent.text)
    assert sent.status_code == 400
    assert page.error == "Type a message first."
    assert page.ids == [said.message, said.reply]
    assert page.fields("form.composer")["parent"] == said.reply


def test_what_was_typed_is_not_lost_while_the_reply_before_is_still_being_written(reader: Visitor) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    with being_answered(reader, said, "Slowly"):
        early = send(reader, page_of(reader, f"/c/{said.conversation}/"), "Too early to say this")
    page = Page(early.text)
    assert early.status_code == 409
    assert "still being written" in page.error
    assert page.typed == "Too early to say this"
    assert not page.refreshes


def test_a_stranger_sees_nothing_of_a_conversation_when_a_form_is_wrong(reader: Visitor, stranger: Visitor) -> None:
    said = reader.say("Mine alone [[say: yes]] [[title: Mine Alone And Nobody Elses]]")
    page = page_of(stranger, "/c/new/")
    page.one("form.composer")["action"] = f"/c/{said.conversation}/messages/"
    for text in ("", "Hello"):
        answer = send(stranger, page, text).text
        assert "Mine alone" not in answer
        assert "Mine Alone" not in answer


def test_without_a_script_a_reply_can_be_asked_for_again(site: Site, reader: Visitor) -> None:
    said = reader.say("By a form [[say: again]]")
    page = page_of(reader, f"/c/{said.conversation}/")
    url = f"/c/{said.conversation}/messages/{said.message}/replies/"
    headers = {"Accept": "text/html", "Referer": str(reader.http.base_url)}
    sent = reader.http.post(url, data=page.fields("form.composer"), headers=headers)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/c/{said.conversation}/")
    kept.wait_for(lambda: kept.texts(site, said.conversation, "assistant") == ["again", "again"])
