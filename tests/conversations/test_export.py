"""A conversation to take away: one document with everything, or what is shown as Markdown or as a log."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from conversations.models import Conversation
from conversations.transcript import Transcript
from conversations.transcripts import archive
from tests.conversations.long import NOON, ROME, identity, said, talk

pytestmark = pytest.mark.django_db


def kept(owner: User, transcript: Transcript, title: str = "A weekend in Rome") -> Conversation:
    transcript.set_title(title, "user", NOON)
    archive().create(transcript)
    return Conversation.objects.create(id=ROME, owner=owner, visible=True, title=title)


def exported(client: Client, row: Conversation, kind: str) -> HttpResponse:
    answer = client.get(f"/c/{row.id}/export/{kind}/")
    assert answer.status_code == 200
    assert isinstance(answer, HttpResponse)
    return answer


def test_the_document_is_the_object_in_the_store(as_alice: Client, alice: User) -> None:
    row = kept(alice, talk(4, owner=alice.id))
    answer = exported(as_alice, row, "json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="A weekend in Rome.json"'
    stored = archive().store.get(f"users/{alice.id}/conversations/{row.id}.json")
    assert stored
    assert answer.content == stored.data


def test_markdown_and_the_log_have_what_is_shown(as_alice: Client, alice: User) -> None:
    transcript = talk(0, owner=alice.id)
    transcript.add(said(0, None, "Where to?"))
    transcript.add(said(1, 0, "To **Rome**.", model="google/gemma-2-9b-it", finish="stop"))
    transcript.add(said(3, 0, "To *Oslo*.\nOr Turin.", model="google/gemma-2-9b-it", finish="stop"))
    transcript.set_current(identity(3), NOON)
    row = kept(alice, transcript)
    assert exported(as_alice, row, "md").content.decode() == (
        "# A weekend in Rome\n\n"
        "**You** · 2026-11-20 12:00:00\n\nWhere to?\n\n"
        "**gemma-2-9b-it** · 2026-11-20 12:00:03\n\nTo *Oslo*.\nOr Turin.\n\n"
    )
    assert exported(as_alice, row, "txt").content.decode() == (
        "2026-11-20 12:00:00 You: Where to?\n2026-11-20 12:00:03 gemma-2-9b-it: To *Oslo*.\nOr Turin.\n"
    )


def test_ten_thousand_messages_are_one_document(as_alice: Client, alice: User, settings: Any) -> None:
    settings.TRANSCRIPT_PART_BYTES = 262_144
    row = kept(alice, talk(10_000, owner=alice.id))
    document = json.loads(exported(as_alice, row, "json").content)
    assert [message["id"] for message in document["messages"]] == [identity(number) for number in range(10_000)]
    assert document["parts"] == []
    assert exported(as_alice, row, "txt").content.count(b"2026-11-20") == 10_000
    assert exported(as_alice, row, "md").content.count(b"Message ") == 10_000


@pytest.mark.parametrize("title", ["../../etc/passwd", 'a"b\r\nSet-Cookie: x=1', "天气 😀", "x" * 300])
def test_no_title_breaks_the_name_of_the_file(as_alice: Client, alice: User, title: str) -> None:
    row = kept(alice, talk(2, owner=alice.id), title[:200])
    for kind in ("json", "md", "txt"):
        answer = exported(as_alice, row, kind)
        assert answer.headers["Content-Disposition"].startswith("attachment; filename")
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("Why? Because: reasons", 'filename="Why- Because- reasons.txt"'),
        ("会" * 100, f"filename*=utf-8''{quote('会' * 66)}.txt"),
    ],
)
def test_a_file_is_named_as_in_an_archive(as_alice: Client, alice: User, title: str, named: str) -> None:
    answer = exported(as_alice, kept(alice, talk(2, owner=alice.id), title), "txt")
    assert answer.headers["Content-Disposition"] == f"attachment; {named}"


def test_what_is_not_there_cannot_be_exported(as_alice: Client, as_bob: Client, alice: User) -> None:
    row = kept(alice, talk(2, owner=alice.id))
    for client, url in (
        (as_alice, f"/c/{row.id}/export/pdf/"),
        (as_alice, f"/c/{uuid4()}/export/json/"),
        (as_bob, f"/c/{row.id}/export/json/"),
    ):
        assert client.get(url).status_code == 404


@pytest.mark.parametrize("kind", ["json", "md", "txt"])
def test_it_is_a_file_and_never_a_page(as_alice: Client, alice: User, kind: str) -> None:
    """Whatever its title ends in, and whatever markup was said, no browser runs it in the name of the site."""
    row = kept(alice, talk(4, owner=alice.id), title='"evil.html\r\nSet-Cookie: a=b')
    answer = exported(as_alice, row, kind)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Disposition"].rstrip('"').endswith(f".{kind}")
    assert not set("\r\n") & set(answer.headers["Content-Disposition"])
    assert "html" not in answer.headers["Content-Type"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
