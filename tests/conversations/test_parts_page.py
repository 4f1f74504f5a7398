"""Conversations in several objects, as their readers meet them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from conversations.archive import Archive
from conversations.message import Message
from conversations.models import Conversation
from conversations.stores.folder import FolderStore
from conversations.transcript import Transcript
from conversations.transcripts import archive
from tests.conversations import kept
from tests.conversations.asked import request_for
from tests.conversations.long import NOON, ROME, identity, talk
from tests.conversations.pages import Page, page_of
from tests.conversations.past import transcript_of
from tests.model_server import ModelServer
from tests.site import Said, Site, Visitor, running


def conversation(owner: User, messages: int) -> Conversation:
    archive().create(talk(messages, owner=owner.id))
    return Conversation.objects.create(id=ROME, owner=owner, visible=True, title="Long")


def shown(client: Client, url: str) -> Page:
    answer = client.get(url)
    assert answer.status_code == 200
    return Page(answer.content.decode())


@pytest.fixture
def _small_parts(settings: Any) -> None:
    settings.TRANSCRIPT_PART_BYTES = 20_000


@pytest.mark.usefixtures("_small_parts")
def test_the_page_shows_the_end_and_the_rest_on_demand(as_alice: Client, alice: User) -> None:
    row = conversation(alice, 450)
    assert len(transcript_of(row).messages) < 50
    page = shown(as_alice, f"/c/{row.id}/")
    assert page.one("#chat")["data-leaf"] == identity(449)
    ids = page.ids
    steps = [len(ids)]
    while link := page.soup.select_one("a.older"):
        page = shown(as_alice, str(link["href"]))
        ids = page.ids + ids
        steps.append(len(page.ids))
    assert ids == [identity(number) for number in range(450)]
    assert steps == [100, 100, 100, 100, 50]


@pytest.mark.usefixtures("_small_parts")
def test_the_shown_branch_may_lie_in_a_part(as_alice: Client, alice: User) -> None:
    row = conversation(alice, 300)
    archive().change(alice.id, row.id, lambda one: one.set_current(identity(21), NOON + timedelta(hours=1)))
    page = shown(as_alice, f"/c/{row.id}/")
    assert page.ids == [identity(number) for number in range(22)]
    assert page.one("#chat")["data-leaf"] == identity(21)
    assert as_alice.get(f"/c/{row.id}/messages/{identity(20)}/text/").content.startswith(b"Message 20. word")


def test_ten_thousand_messages_are_no_more_work_for_the_page(as_alice: Client, alice: User) -> None:
    row = conversation(alice, 10_000)
    assert transcript_of(row).count == 10_000
    assert shown(as_alice, f"/c/{row.id}/").ids == [identity(number) for number in range(9_900, 10_000)]
    first = shown(as_alice, f"/c/{row.id}/messages/?before={identity(60)}")
    assert first.ids == [identity(number) for number in range(60)]
    assert not first.soup.select("a.older")


@pytest.fixture(scope="module")
def parted_site(model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"TRANSCRIPT_PART_BYTES": "4096", "LLM_BASE_URL": model_server.base_url, "LLM_TITLES": "false"}
    with running(tmp_path_factory.mktemp("parted"), **settings) as site:
        yield site


@dataclass
class Talk:
    visitor: Visitor
    turns: list[Said]

    @property
    def id(self) -> str:
        return self.turns[0].conversation

    def say(self, text: str, parent: str | None) -> Said:
        self.turns.append(self.visitor.say(text, (self.turns and self.id) or None, parent))
        return self.turns[-1]


@pytest.fixture
def long_talk(parted_site: Site) -> Talk:
    """Ten turns, of which only the last are in the object itself."""
    talk = Talk(parted_site.visitor(), [])
    for number in range(10):
        talk.say(f"Turn {number} [[say: Answer {number}]]", talk.turns[-1].reply if number else None)
    assert talk.turns[0].message not in kept.messages(parted_site, talk.id)
    return talk


def whole(site: Site, conversation: str) -> Transcript:
    """All that the store has of it, each message once."""
    path = kept.transcript_path(site, conversation)
    assert path
    archive = Archive(FolderStore(site.var / "store"))
    opened = archive.load(path.parts[-3], conversation)
    assert opened
    everything = archive.whole(opened.transcript)
    assert len(everything.messages) == opened.transcript.count
    return everything


def said_in(path: list[Message]) -> list[str]:
    return [message.text.split(" [[")[0] for message in path]


def test_the_model_is_told_what_lies_in_parts(model_server: ModelServer, parted_site: Site, long_talk: Talk) -> None:
    long_talk.say("And now? [[say: Now.]]", long_talk.turns[-1].reply)
    told = request_for(model_server, "And now? [[say: Now.]]").body["messages"]
    assert [message["content"] for message in told if message["role"] == "assistant"] == [
        f"Answer {number}" for number in range(10)
    ]
    row = "SELECT message_count FROM conversations_conversation WHERE id = ?"
    assert kept.query(parted_site, row, long_talk.id) == [(22,)]


def test_a_branch_grows_from_an_answer_in_a_part(model_server: ModelServer, parted_site: Site, long_talk: Talk) -> None:
    first = long_talk.turns[0]
    branch = long_talk.say("Another way [[say: Indeed.]]", first.reply)
    told = request_for(model_server, "Another way [[say: Indeed.]]").body["messages"]
    assert [message["content"] for message in told if message["role"] != "system"] == [
        "Turn 0 [[say: Answer 0]]",
        "Answer 0",
        "Another way [[say: Indeed.]]",
    ]
    everything = whole(parted_site, long_talk.id)
    assert said_in(everything.path(branch.reply)) == ["Turn 0", "Answer 0", "Another way", "Indeed."]
    assert len(everything.path(long_talk.turns[9].reply)) == 20
    page = page_of(long_talk.visitor, f"/c/{long_talk.id}/")
    assert page.ids == [first.message, first.reply, branch.message, branch.reply]


def test_a_question_in_a_part_is_answered_again(parted_site: Site, long_talk: Talk) -> None:
    first, reply = long_talk.turns[0], str(uuid4())
    url = f"/c/{long_talk.id}/messages/{first.message}/replies/"
    with long_talk.visitor.stream(url, {"reply": reply}) as events:
        assert "done" in [name for name, _ in events]
    everything = whole(parted_site, long_talk.id)
    assert {child.id for child in everything.children(first.message)} == {first.reply, reply}
    with long_talk.visitor.stream(f"/c/{long_talk.id}/replies/{first.reply}/") as events:
        assert [name for name, _ in events] == ["snapshot", "done"]


def test_a_message_in_a_part_that_is_sent_again_is_the_same_message(parted_site: Site, long_talk: Talk) -> None:
    first = long_talk.turns[0]
    again = long_talk.visitor.say("Turn 0 [[say: Answer 0]]", long_talk.id, None, first.message)
    assert again.reply == first.reply
    body = {"message": first.message, "parent": None, "text": "Something else"}
    assert long_talk.visitor.post(f"/c/{long_talk.id}/messages/", body).status_code == 409
    assert len(whole(parted_site, long_talk.id).messages) == 20


def test_a_parent_that_is_in_no_part_either_is_unknown(long_talk: Talk) -> None:
    body = {"message": str(uuid4()), "parent": str(uuid4()), "text": "Where am I?"}
    assert long_talk.visitor.post(f"/c/{long_talk.id}/messages/", body).status_code == 400


def test_what_is_deleted_leaves_no_part(parted_site: Site, long_talk: Talk) -> None:
    assert long_talk.visitor.post(f"/c/{long_talk.id}/delete/").status_code == 204
    kept.wait_for(lambda: not any(long_talk.id in path for path in kept.objects(parted_site)))
