"""A whole conversation where the rows are in PostgreSQL, and where the transcripts are in a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import pytest

from tests import postgresql
from tests.conversations import bucket, independent
from tests.conversations.pages import page_of
from tests.model_server import ModelServer
from tests.site import Said, Site, running


@contextmanager
def database() -> Iterator[dict[str, str]]:
    if not postgresql.programs():
        pytest.skip("PostgreSQL is not installed")
    with postgresql.server() as url:
        yield {"DATABASE_URL": url}


@contextmanager
def store() -> Iterator[dict[str, str]]:
    with bucket.server() as port:
        yield {
            "CONVERSATION_STORE": f"s3://{bucket.new_bucket(port)}/chats",
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "AKEY",
            "AWS_SECRET_ACCESS_KEY": "a-secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }


@contextmanager
def elsewhere() -> Iterator[dict[str, str]]:
    with independent.place() as url:
        yield independent.settings(url)


PLACES = {"PostgreSQL": database, "a bucket": store} | dict.fromkeys(independent.PLACES, elsewhere)


@pytest.fixture(params=[*PLACES.values()], ids=[*PLACES], scope="module")
def site(
    request: pytest.FixtureRequest, model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with request.param() as place:
        settings = {"LLM_BASE_URL": model_server.base_url, "WEB_CONCURRENCY": "2", **place}
        with running(tmp_path_factory.mktemp("elsewhere"), **settings) as site:
            yield site


def test_a_whole_conversation_from_the_first_word_to_its_deletion(site: Site) -> None:
    visitor = site.visitor()
    first = visitor.say("Where? é😀 [[slow 0.01]] [[say: Here, *there*.]] [[title: Here and There and Everywhere]]")
    assert first["done"]["finish"] == "stop"
    assert first["title"]["title"] == "Here and There and Everywhere"
    second = visitor.say("And now? [[think: hm]] [[say: Now too.]]", first.conversation, parent=first.reply)
    again = visitor.say("And now? [[think: hm]] [[say: Now too.]]", first.conversation, first.reply, second.message)
    assert again.reply == second.reply

    stopped = Said(first.conversation, str(uuid4()))
    body = {
        "message": stopped.message,
        "parent": second.reply,
        "text": f"Long [[slow 0.02]] [[say: {'word ' * 400}]]",
    }
    with visitor.stream(f"/c/{first.conversation}/messages/", body) as events:
        stopped.events.append(next(events))
        early = visitor.post(
            f"/c/{first.conversation}/messages/", body | {"message": str(uuid4()), "parent": stopped.reply}
        )
        assert early.status_code == 409
        assert visitor.post(f"/c/{first.conversation}/replies/{stopped.reply}/stop/").status_code == 204
        stopped.events.extend(events)
    assert stopped["done"]["finish"] == "stopped"

    page = page_of(visitor, f"/c/{first.conversation}/")
    assert page.said[:4] == [
        "Where? é😀 [[slow 0.01]] [[say: Here, *there*.]] [[title: Here and There and Everywhere]]",
        "Here, there.",
        "And now? [[think: hm]] [[say: Now too.]]",
        "Now too.",
    ]
    assert page.titles == ["Here and There and Everywhere"]
    assert visitor.post(f"/c/{first.conversation}/rename/", {"title": "Mine"}).status_code == 204
    assert page_of(visitor, "/c/").titles == ["Mine"]
    assert visitor.post(f"/c/{first.conversation}/delete/").status_code == 204
    assert visitor.http.get(f"/c/{first.conversation}/").status_code == 404
    assert page_of(visitor, "/c/").titles == []


def test_questions_asked_at_once_of_two_processes_are_all_kept_and_answered(site: Site) -> None:
    visitor = site.visitor()
    first = visitor.say("Hello [[say: hello]]")
    with ThreadPoolExecutor(6) as tabs:
        said = list(tabs.map(lambda _: visitor.say("Now? [[say: now]]", first.conversation, first.reply), range(6)))
    assert [one["done"]["finish"] for one in said] == ["stop"] * 6
    for one in said:
        visitor.say("Still there? [[say: still]]", first.conversation, one.reply)
        page = page_of(visitor, f"/c/{first.conversation}/")
        assert page.ids[:4] == [first.message, first.reply, one.message, one.reply]


def test_more_questions_at_once_than_the_database_has_connections_are_all_answered(site: Site) -> None:
    visitors = [site.visitor() for _ in range(4)]
    with ThreadPoolExecutor(40) as tabs:
        said = list(tabs.map(lambda n: visitors[n % 4].say("Everybody now [[say: now]]"), range(40)))
    assert [one["done"]["finish"] for one in said] == ["stop"] * 40
