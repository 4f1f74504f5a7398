"""The store fails at every moment in every way: nothing is lost or doubled, nothing hangs, and all works afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.conversations import bucket, kept
from tests.conversations.outage import FAULTS, PATIENCE, SILENCE, Between, Harbour
from tests.conversations.pages import Page, page_of
from tests.model_server import ModelServer
from tests.site import Said, events_in, running

SAFE = "Is it safe? [[say: it is]]"
WORDS = " ".join(f"word{number}" for number in range(20))
AT_ONCE = 24
HANGING = 6 * PATIENCE
LONG = "so many words " * 180
WRITES = ("PUT",)
REPLY = b'"finish": '
"""Stands in what is written to the store when it holds a reply."""
TITLE = "Six Ways to Lose Answers"


@pytest.fixture(scope="module")
def harbour(model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    with bucket.server() as port:
        between, name = Between(port), bucket.new_bucket(port)
        between.listen()
        settings = {
            "LLM_BASE_URL": model_server.base_url,
            "LLM_MODELS": "test-model",
            "CONVERSATION_STORE": f"s3://{name}/chats?timeout={SILENCE}",
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{between.server_port}",
            "AWS_ACCESS_KEY_ID": "AKEY",
            "AWS_SECRET_ACCESS_KEY": "a-secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "REPLIES_AT_ONCE": "1000",
            "REPLY_STALE_SECONDS": "2",
            "TRANSCRIPT_PART_BYTES": "8192",
        }
        with running(tmp_path_factory.mktemp("harbour"), **settings) as site:
            yield Harbour(site, site.visitor(), between, port, name)
        between.close()


def before_a_first_question_is_saved(harbour: Harbour, fault: str) -> None:
    conversation, message = str(uuid4()), str(uuid4())
    with harbour.failing(fault, conversation) as outage:
        said = harbour.ask(SAFE, conversation, message)
    assert outage.hits
    if said is None:
        assert harbour.page(conversation).status_code == 404
        assert kept.count(harbour.site, "reply", "question = ?", message) == 0
        said = harbour.ask(SAFE, conversation, message)
    assert said
    assert said["done"]["finish"] == "stop"
    assert list(harbour.messages(conversation)) == [message, said.reply]


def before_a_later_question_is_saved(harbour: Harbour, fault: str) -> None:
    later(harbour, fault, "A question ", ("GET", "PUT", "HEAD", "DELETE"), "")


def while_a_later_question_is_saved(harbour: Harbour, fault: str) -> None:
    later(harbour, fault, "A question ", WRITES, "")


def while_a_question_splits_off_a_part(harbour: Harbour, fault: str) -> None:
    later(harbour, fault, LONG + LONG, WRITES, "/part-")


def later(harbour: Harbour, fault: str, text: str, methods: tuple[str, ...], place: str) -> None:
    first = harbour.talked(f"{text} [[say: hello]]")
    before, message = [first.message, first.reply], str(uuid4())
    with harbour.failing(fault, first.conversation + place, methods) as outage:
        said = harbour.ask(f"{text} [[say: yes]]", first.conversation, message, first.reply)
    assert outage.hits
    if said is None:
        # Of what was written without an answer nobody can know that it was.
        written = [*before, message] if fault == "lost answers" and not place else before
        assert Page(harbour.page(first.conversation).text).ids in (before, written)
        said = harbour.ask(f"{text} [[say: yes]]", first.conversation, message, first.reply)
    assert said
    assert said["done"]["finish"] == "stop"
    assert list(harbour.messages(first.conversation)) == [*before, message, said.reply]
    assert Page(harbour.page(first.conversation).text).ids == [*before, message, said.reply]


def before_a_reply_is_saved(harbour: Harbour, fault: str) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    unsaved(harbour, fault, said, WORDS, says=REPLY)
    assert list(harbour.messages(said.conversation)) == [said.message, said.reply]
    assert Page(harbour.page(said.conversation).text).ids == [said.message, said.reply]


def while_a_reply_splits_off_a_part(harbour: Harbour, fault: str) -> None:
    first = harbour.talked(f"{LONG} [[say: hello]]")
    said, all_said = Said(first.conversation, str(uuid4())), [first.message, first.reply]
    unsaved(harbour, fault, said, LONG, place="/part-", parent=first.reply)
    all_said += [said.message, said.reply]
    assert list(harbour.messages(said.conversation)) == all_said
    assert Page(harbour.page(said.conversation).text).ids == all_said


def unsaved(
    harbour: Harbour,
    fault: str,
    said: Said,
    words: str,
    *,
    place: str = "",
    says: bytes = b"",
    parent: str | None = None,
) -> None:
    with ExitStack() as stream:
        with harbour.failing(fault, said.conversation + place, WRITES, says) as outage:
            events = events_in(stream.enter_context(harbour.asking(f"Go on [[say: {words}]]", said, parent)))
            said.events.append(next(events))
            kept.wait_for(lambda: outage.hits, PATIENCE)
            if fault != "broken bodies":
                kept.wait_for(lambda: kept.pieces_of(harbour.site, said.reply) == words, PATIENCE)
            if fault not in {"silence", "broken bodies"}:
                said.events.extend(events)
                assert said["failed"]["code"] == "store"
        said.events.extend(events)
    reply = kept.wait_for(lambda: harbour.messages(said.conversation).get(said.reply), PATIENCE)
    assert (reply["text"], reply["finish"]) == (words, "stop")
    kept.wait_for(lambda: kept.count(harbour.site, "reply", "id = ? AND finish = 'stop'", said.reply), PATIENCE)
    assert kept.count(harbour.site, "piece", "reply_id = ?", said.reply) == 0


def while_a_title_is_saved(harbour: Harbour, fault: str) -> None:
    conversation, message = str(uuid4()), str(uuid4())
    with harbour.failing(fault, conversation, WRITES, says=f'"title": "{TITLE}"'.encode()):
        said = harbour.ask(f"Name it [[say: with pleasure]] [[title: {TITLE}]]", conversation, message)
    assert said
    assert said["done"]["finish"] == "stop"
    assert list(harbour.messages(conversation)) == [message, said.reply]
    again = harbour.ask("And on [[say: and on]]", conversation, str(uuid4()), said.reply)
    assert again
    assert again["done"]["finish"] == "stop"
    kept.wait_for(lambda: harbour.document(conversation)["title"] == TITLE, 2 * PATIENCE)
    assert TITLE in page_of(harbour.visitor, f"/c/{conversation}/").titles


def while_it_is_renamed(harbour: Harbour, fault: str) -> None:
    said = harbour.talked()
    with harbour.failing(fault, said.conversation):
        assert harbour.post("rename", said.conversation, title="Now") in {204, 503}
    assert harbour.post("rename", said.conversation, title="Then") == 204
    assert harbour.document(said.conversation)["title"] == "Then"
    assert "Then" in page_of(harbour.visitor, f"/c/{said.conversation}/").titles


def while_it_is_deleted(harbour: Harbour, fault: str) -> None:
    said = harbour.talked()
    with harbour.failing(fault, said.conversation) as outage:
        assert harbour.post("delete", said.conversation) == 204
        # Until then it can be taken back.
        kept.wait_for(lambda: outage.hits, PATIENCE)
    gone(harbour, said.conversation)


def while_it_is_deleted_with_a_reply_that_could_not_be_saved(harbour: Harbour, fault: str) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    with ExitStack() as stream:
        with harbour.failing(fault, said.conversation, WRITES, REPLY) as outage:
            events = events_in(stream.enter_context(harbour.asking(SAFE, said)))
            kept.wait_for(lambda: outage.hits, PATIENCE)
            assert harbour.post("delete", said.conversation) == 204
        said.events.extend(events)
    gone(harbour, said.conversation)


def gone(harbour: Harbour, conversation: str) -> None:
    assert harbour.page(conversation).status_code == 404
    kept.wait_for(lambda: not kept.count(harbour.site, "conversation", "id = ?", conversation), PATIENCE)
    assert harbour.keys(conversation) == []
    assert kept.count(harbour.site, "reply", "conversation_id = ?", conversation) == 0


def while_it_is_read(harbour: Harbour, fault: str) -> None:
    said = harbour.talked()
    with harbour.failing(fault, said.conversation, ("GET",)):
        page = harbour.page(said.conversation)
        assert page.status_code in {200, 503}
        assert page.status_code == 200 or "Nothing is lost" in page.text
    assert Page(harbour.page(said.conversation).text).ids == [said.message, said.reply]


MOMENTS: list[Callable[[Harbour, str], None]] = [
    before_a_first_question_is_saved,
    before_a_later_question_is_saved,
    while_a_later_question_is_saved,
    while_a_question_splits_off_a_part,
    before_a_reply_is_saved,
    while_a_reply_splits_off_a_part,
    while_a_title_is_saved,
    while_it_is_renamed,
    while_it_is_deleted,
    while_it_is_deleted_with_a_reply_that_could_not_be_saved,
    while_it_is_read,
]


def test_at_every_moment_every_fault_passes(harbour: Harbour, subtests: pytest.Subtests) -> None:
    """All of them at once, each in a conversation of its own, and others are served meanwhile."""
    harbour.talked()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        played: dict[tuple[str, str], Future[None]] = {
            (fault, moment.__name__): pool.submit(moment, harbour, fault) for fault in FAULTS for moment in MOMENTS
        }
        deadline = time.monotonic() + HANGING
        while wait(played.values(), timeout=2).not_done:
            if time.monotonic() > deadline:
                # Else what hangs would be waited for.
                harbour.site.stop()
            assert harbour.talked("Meanwhile [[say: all is well]]")["done"]["finish"] == "stop"
            assert page_of(harbour.visitor, "/c/").titles
    for (fault, moment), future in played.items():
        with subtests.test(f"{fault} {moment}"):
            future.result()


def test_a_store_that_refuses_connections_is_missed_by_nobody_afterwards(harbour: Harbour) -> None:
    known, doomed, new, message = harbour.talked(), harbour.talked(), str(uuid4()), str(uuid4())
    running = Said(str(uuid4()), str(uuid4()))
    with ExitStack() as stream, ThreadPoolExecutor(5) as visitors:
        events = events_in(stream.enter_context(harbour.asking(f"Go on [[slow 0.1]] [[say: {WORDS}]]", running)))
        running.events.append(next(events))
        with harbour.between.closed():
            refused = visitors.submit(harbour.ask, SAFE, new, message)
            renamed = visitors.submit(harbour.post, "rename", known.conversation, title="Now")
            deleted = visitors.submit(harbour.post, "delete", doomed.conversation)
            read = visitors.submit(harbour.page, known.conversation)
            assert harbour.visitor.http.get("/c/new/", timeout=PATIENCE).status_code == 200
            assert page_of(harbour.visitor, "/c/").titles
            assert refused.result() is None
            assert (renamed.result(), deleted.result()) == (503, 204)
            assert read.result().status_code in {200, 503}
            kept.wait_for(lambda: kept.pieces_of(harbour.site, running.reply) == WORDS, PATIENCE)
        running.events.extend(events)
    reply = kept.wait_for(lambda: harbour.messages(running.conversation).get(running.reply), PATIENCE)
    assert (reply["text"], reply["finish"]) == (WORDS, "stop")
    again = harbour.ask(SAFE, new, message)
    assert again
    assert list(harbour.messages(new)) == [message, again.reply]
    assert harbour.post("rename", known.conversation, title="Then") == 204
    gone(harbour, doomed.conversation)
