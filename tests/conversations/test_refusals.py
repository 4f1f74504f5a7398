"""What cannot be said: too much, nothing, or not in a way that is understood."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from threading import Barrier
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.conversations import kept
from tests.model_server import ModelServer
from tests.site import Site, Visitor, events_in

LIMIT = 100_000


def send(visitor: Visitor, body: dict[str, Any], conversation: str | None = None) -> httpx2.Response:
    return visitor.post(f"/c/{conversation or uuid4()}/messages/", {"message": str(uuid4()), "parent": None} | body)


def send_raw(visitor: Visitor, content: bytes, **headers: str) -> httpx2.Response:
    types = {"Content-Type": "application/json"}
    return visitor.http.post(f"/c/{uuid4()}/messages/", content=content, headers=visitor.headers | types | headers)


@pytest.mark.parametrize(
    "text", ["", "   \n\t", "\u200b\ufeff", "x" * (LIMIT + 1)], ids=["empty", "blank", "invisible", "too long"]
)
def test_a_message_must_say_something_and_not_too_much(site: Site, reader: Visitor, text: str) -> None:
    conversation = str(uuid4())
    answer = send(reader, {"text": text}, conversation)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    [sentence] = answer.json()["errors"]["text"]
    assert ("100,000 characters" in sentence) == (len(text) > LIMIT)
    assert kept.count(site, "conversation", "id = ?", conversation) == 0


@pytest.mark.parametrize("letter", ["x", "😀"])
def test_the_longest_message_is_accepted_and_kept_whole(site: Site, reader: Visitor, letter: str) -> None:
    text = "[[say: read]]" + letter * (LIMIT - 13)
    said = reader.say(text)
    assert said["done"]["finish"] == "stop"
    assert kept.messages(site, said.conversation)[said.message]["text"] == text


def test_what_cannot_be_stored_becomes_a_replacement_character(site: Site, reader: Visitor) -> None:
    conversation, message = str(uuid4()), str(uuid4())
    body = json.dumps({"message": message, "text": "nul \0 lone \ud800 pair \ud83d\ude00 [[say: ok]]"})
    headers = reader.headers | {"Content-Type": "application/json"}
    assert reader.http.post(f"/c/{conversation}/messages/", content=body, headers=headers).status_code == 200
    assert kept.messages(site, conversation)[message]["text"] == "nul \ufffd lone \ufffd pair 😀 [[say: ok]]"


def test_line_ends_and_spaces_of_a_message_stay(site: Site, reader: Visitor) -> None:
    said = reader.say("  indented\n\n\tcode [[say: ok]]  \n")
    assert kept.texts(site, said.conversation, "user") == ["  indented\n\n\tcode [[say: ok]]  \n"]


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"[]", b"[1, 2]", b'"text"', b"null", b'{"text": "a"', b"\xff\xfe", b"[" * 100_000, b"{}"],
    ids=["nothing", "a word", "a list", "numbers", "text", "null", "cut", "not UTF-8", "deep", "no fields"],
)
def test_a_body_that_is_no_message_is_refused_in_json(reader: Visitor, content: bytes) -> None:
    answer = send_raw(reader, content)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"


@pytest.mark.parametrize("wrong", [{"parent": 7}, {"text": ["x"]}, {"message": True}], ids=str)
def test_a_field_that_is_no_text_is_refused(reader: Visitor, wrong: dict[str, Any]) -> None:
    answer = send(reader, {"text": "Hello", **wrong})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(wrong)


@pytest.mark.parametrize("sent", ["{", "[" * 100_000, "9" * 5000], ids=["no JSON", "too deep", "too long"])
def test_settings_that_nobody_can_read_are_refused(reader: Visitor, sent: str) -> None:
    answer = send(reader, {"text": "Hello", "settings": sent})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["settings"]


def test_a_huge_body_is_refused_in_json(reader: Visitor) -> None:
    body = json.dumps({"message": str(uuid4()), "text": "x" * 3_000_000}).encode()
    answer = send_raw(reader, body)
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


@pytest.mark.parametrize("field", ["message", "parent"])
def test_ids_must_be_uuids(reader: Visitor, field: str) -> None:
    answer = send(reader, {"text": "Hello", field: "1; DROP TABLE"})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_a_message_needs_an_id(reader: Visitor) -> None:
    answer = send(reader, {"text": "Hello", "message": None})
    assert answer.status_code == 400
    assert "message" in answer.json()["errors"]


@pytest.mark.parametrize("wanted", ["application/json", "text/html"])
def test_without_its_token_a_request_is_refused(reader: Visitor, wanted: str) -> None:
    body = {"message": str(uuid4()), "text": "Hello"}
    headers = {"Accept": wanted, "Referer": str(reader.http.base_url)}
    sent = {"json": body} if wanted == "application/json" else {"data": body}
    answer = reader.http.post(f"/c/{uuid4()}/messages/", headers=headers, **sent)  # type: ignore[arg-type]
    assert answer.status_code == 403
    if wanted == "application/json":
        assert answer.json()["code"] == "csrf"
    else:
        assert "Reload it and try again" in answer.text


def test_every_refusal_tells_a_script_the_same_four_things(site: Site, reader: Visitor) -> None:
    url = f"/c/{uuid4()}/messages/"
    nobody = httpx2.Client(base_url=site.url, trust_env=False)
    refused = {
        400: send(reader, {"text": ""}),
        401: nobody.get("/c/changes/", headers={"Accept": "application/json"}),
        403: reader.http.post(url, json={}),
        404: reader.post(f"/c/{uuid4()}/rename/"),
        413: send(reader, {"text": "x" * 3_000_000}),
        414: reader.http.get(f"/search/?q={'x' * 5000}", headers={"Accept": "application/json"}),
    }
    for status, answer in refused.items():
        assert (answer.status_code, set(answer.json())) == (status, {"code", "message", "retry_after", "errors"})


def begin(visitor: Visitor, streams: ExitStack) -> tuple[str, str]:
    """Asks something that takes long; its conversation and reply."""
    body = {"message": str(uuid4()), "text": f"At length [[slow 0.1]] [[say: {'word ' * 200}]]"}
    _, started = next(streams.enter_context(visitor.stream(f"/c/{uuid4()}/messages/", body)))
    return started["conversation"], started["reply"]


def stop(visitor: Visitor, conversation: str, reply: str) -> None:
    assert visitor.post(f"/c/{conversation}/replies/{reply}/stop/").status_code == 204


def test_only_so_many_replies_are_written_for_one_user_at_once(hasty: Site, hasty_server: ModelServer) -> None:
    visitor, conversation = hasty.visitor(), str(uuid4())
    with ExitStack() as streams:
        first, second = begin(visitor, streams), begin(visitor, streams)
        answer = send(visitor, {"text": "Too many"}, conversation)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_replies")
        assert int(answer.headers["Retry-After"]) == answer.json()["retry_after"] > 0
        assert kept.count(hasty, "conversation", "id = ?", conversation) == 0
        assert kept.transcript_path(hasty, conversation) is None
        stop(visitor, *first)
        kept.wait_for(lambda: kept.count(hasty, "reply", "id = ? AND finish = 'stopped'", first[1]))
        assert visitor.say("Now there is room [[say: yes]]")["done"]["finish"] == "stop"
        stop(visitor, *second)


def test_others_may_go_on_when_one_has_too_many(hasty: Site, hurried: Visitor) -> None:
    greedy = hasty.visitor()
    with ExitStack() as streams:
        begun = [begin(greedy, streams) for _ in range(2)]
        assert hurried.say("I have none yet [[say: yes]]")["done"]["finish"] == "stop"
        for reply in begun:
            stop(greedy, *reply)


def test_of_eight_at_once_only_so_many_begin(hasty: Site, hasty_server: ModelServer) -> None:
    visitor, all_asked = hasty.visitor(), Barrier(8)
    headers = {**visitor.headers, "Accept": "text/event-stream"}

    def ask(conversation: str) -> int:
        body = {"message": str(uuid4()), "text": f"Eight [[slow 0.1]] [[say: {'word ' * 200}]]"}
        url = f"/c/{conversation}/messages/"
        with visitor.http.stream("POST", url, json=body, headers=headers) as answer:
            started = dict(islice(events_in(answer), 1)).get("started")
            # Else the third might find room that the first has left.
            all_asked.wait(30)
        if started:
            stop(visitor, conversation, started["reply"])
        return answer.status_code

    with ThreadPoolExecutor(8) as clicks:
        statuses = sorted(clicks.map(ask, [str(uuid4()) for _ in range(8)]))
    assert statuses == [200] * 2 + [429] * 6
