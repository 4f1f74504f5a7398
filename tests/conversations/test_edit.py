"""A question in other words is a branch of its own, and answered anew."""

from __future__ import annotations

from uuid import uuid4

from tests.conversations import kept
from tests.conversations.held import being_answered
from tests.conversations.pages import page_of
from tests.site import Said, Site, Visitor


def edit(visitor: Visitor, said: Said, message: str, text: str) -> int:
    return visitor.post(f"/c/{said.conversation}/messages/{message}/edit/", {"text": text}).status_code


def settled(visitor: Visitor, conversation: str) -> list[str]:
    """What the page shows when nothing is being written any more."""
    while (page := page_of(visitor, f"/c/{conversation}/")).refreshes:
        pass
    return page.said


def test_an_edited_question_is_answered_and_the_old_one_kept(site: Site, reader: Visitor) -> None:
    said = reader.say("Bread? [[say: Mix.]]")
    more = reader.say("And rolls? [[say: Smaller.]]", conversation=said.conversation, parent=said.reply)
    assert edit(reader, said, said.message, "Cake? [[say: Beat.]]") == 204
    assert settled(reader, said.conversation) == ["Cake? [[say: Beat.]]", "Beat."]
    messages = kept.messages(site, said.conversation)
    assert len(messages) == 6
    assert messages[more.reply]["text"] == "Smaller."
    assert reader.post(f"/c/{said.conversation}/current/", {"message": said.message}).status_code == 204
    assert settled(reader, said.conversation)[-1] == "Smaller."


def test_the_same_edit_twice_asks_once(site: Site, reader: Visitor) -> None:
    said = reader.say("Bread? [[say: Mix.]]")
    assert [edit(reader, said, said.message, "Cake? [[say: Beat.]]")] * 2 == [204, 204]
    assert settled(reader, said.conversation)[-1] == "Beat."
    assert edit(reader, said, said.message, "Cake? [[say: Beat.]]") == 204
    assert len(kept.messages(site, said.conversation)) == 4
    back = reader.post(f"/c/{said.conversation}/current/", {"message": said.message})
    assert back.status_code == 204
    assert edit(reader, said, said.message, "Cake? [[say: Beat.]]") == 204
    assert settled(reader, said.conversation)[-1] == "Beat."


def test_an_edit_can_be_streamed(reader: Visitor) -> None:
    said = reader.say("Bread? [[say: Mix.]]")
    url = f"/c/{said.conversation}/messages/{said.message}/edit/"
    headers = reader.headers | {"Accept": "text/event-stream"}
    answer = reader.http.post(url, json={"text": "Cake? [[say: Beat.]]"}, headers=headers)
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert "event: done" in answer.text


def test_nothing_is_edited_while_a_reply_is_being_written(reader: Visitor) -> None:
    said = reader.say("Bread? [[say: Mix.]]")
    with being_answered(reader, Said(said.conversation, str(uuid4())), "Rolls?", said.reply):
        assert edit(reader, said, said.message, "Cake?") == 409


def test_what_follows_a_clearing_begins_anew(site: Site, reader: Visitor) -> None:
    said = reader.say("Bread? [[say: Mix.]]")
    assert reader.post(f"/c/{said.conversation}/clear/").status_code == 204
    new = reader.say("Soup? [[say: Boil.]]", conversation=said.conversation)
    messages = kept.messages(site, said.conversation)
    assert messages[new.message]["parent"] is None
    assert settled(reader, said.conversation) == ["Soup? [[say: Boil.]]", "Boil."]
    assert reader.post(f"/c/{said.conversation}/undo/").status_code == 404
