"""The site ends in the middle of a reply: what was said before is there afterwards, once."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.conversations import kept
from tests.conversations.pages import ended
from tests.model_answers import FOR_EVER, Answer
from tests.model_server import ModelServer
from tests.site import Said, Site, Visitor, running

WORDS = " ".join(f"word{number}" for number in range(200))
A_SECOND = 20 * len("word100 ")
"""How much is said in one, at twenty words a second."""


def begin(visitor: Visitor, streams: ExitStack, conversation: str, text: str) -> tuple[Said, Any]:
    said = Said(conversation, str(uuid4()))
    body = {"message": said.message, "parent": None, "text": text}
    events = streams.enter_context(visitor.stream(f"/c/{conversation}/messages/", body))
    said.events.append(next(events))
    return said, events


def test_after_a_crash_replies_are_there_up_to_a_second_before(hasty: Site, hurried: Visitor) -> None:
    conversation = str(uuid4())
    with ExitStack() as streams:
        question = f"Crash [[slow 0.05]] [[say: {WORDS}]]"
        replies = [begin(hurried, streams, conversation, question)[0].reply for _ in range(2)]
        kept.wait_for(lambda: all(len(kept.pieces_of(hasty, reply)) > A_SECOND for reply in replies))
        seen = [len(kept.pieces_of(hasty, reply)) for reply in replies]
        hasty.kill()
    hasty.start()
    first, second = replies
    with hurried.stream(f"/c/{conversation}/replies/{first}/") as events:
        told = list(events)
    assert told[0][0] == "snapshot"
    assert dict(told)["done"]["finish"] == "interrupted"
    line = "INFO reply: %s interrupted"
    kept.wait_for(lambda: all(hasty.log.read_text().count(line % reply) == 1 for reply in replies))

    with ThreadPoolExecutor(8) as tabs:
        list(tabs.map(lambda _: hurried.http.get(f"/c/{conversation}/").status_code, range(8)))
    page = kept.wait_for(lambda: ended(hurried, f"/c/{conversation}/"))
    messages = kept.messages(hasty, conversation)
    assert len(messages) == 4
    for reply, saved in zip(replies, seen, strict=True):
        assert messages[reply]["finish"] == "interrupted"
        assert WORDS.startswith(messages[reply]["text"])
        assert len(messages[reply]["text"]) >= saved
        assert kept.count(hasty, "piece", "reply_id = ?", reply) == 0
    assert page.reply(second)["data-finish"] == "interrupted"
    assert kept.count(hasty, "reply", "finish = ''") == 0


def test_at_most_a_second_of_a_reply_is_unsaved(hasty: Site, hurried: Visitor) -> None:
    with ExitStack() as streams:
        said, events = begin(hurried, streams, str(uuid4()), f"Steady [[slow 0.05]] [[say: {WORDS}]]")
        for name, data in events:
            if name == "block" and data["chars"] > 2 * A_SECOND:
                break
        # A second is told by naps: a machine that stands still for a while stands still for the site too.
        naps = 0
        while len(kept.pieces_of(hasty, said.reply)) < data["chars"]:
            time.sleep(0.05)
            naps += 1
        assert naps * 0.05 <= 1
        hurried.post(f"/c/{said.conversation}/replies/{said.reply}/stop/")


def test_a_restart_lets_short_replies_end_and_saves_the_others(
    hasty: Site, hurried: Visitor, hasty_server: ModelServer
) -> None:
    assert hasty.process
    with ExitStack() as streams:
        short, to_its_end = begin(
            hurried, streams, str(uuid4()), "Short [[slow 0.05]] [[say: one two three four five]]"
        )
        long, until_the_end = begin(hurried, streams, str(uuid4()), f"Long [[slow 0.05]] [[say: {WORDS}]]")
        began = time.monotonic()
        hasty.process.send_signal(signal.SIGTERM)
        short.events.extend(to_its_end)
        long.events.extend(until_the_end)
    assert hasty.process.wait(10) == 0
    assert time.monotonic() - began < 8
    hasty.process = None
    assert short["done"]["finish"] == "stop"
    assert long["done"]["finish"] == "interrupted"
    assert kept.messages(hasty, short.conversation)[short.reply]["text"] == "one two three four five"
    text = kept.messages(hasty, long.conversation)[long.reply]["text"]
    assert 0 < len(text) < len(WORDS)
    assert WORDS.startswith(text)
    assert kept.count(hasty, "reply", "finish = ''") == 0
    assert [chat for chat in hasty_server.chats if chat.gone.is_set()]


def test_a_restart_waits_for_no_title_of_a_reply_that_it_cuts_off(tmp_path: Path) -> None:
    with ModelServer() as server, ExitStack() as streams:
        server.script.append(Answer(text=WORDS, delay=0.05))
        server.titles.append(Answer(before_headers=FOR_EVER))
        settings = {"LLM_BASE_URL": server.base_url, "GUNICORN_CMD_ARGS": "--graceful-timeout 9"}
        site = streams.enter_context(running(tmp_path, **settings))
        said, until_the_end = begin(site.visitor(), streams, str(uuid4()), "Nobody names this in time")
        began = time.monotonic()
        assert site.process
        site.process.send_signal(signal.SIGTERM)
        said.events.extend(until_the_end)
        assert site.process.wait(20) == 0
        site.process = None
        assert time.monotonic() - began < 8
        assert said["done"]["finish"] == "interrupted"
        assert f"INFO reply: {said.reply} interrupted" in site.log.read_text()


def test_what_a_crash_cut_off_is_finished_even_if_nobody_looks(hasty: Site, hurried: Visitor) -> None:
    with ExitStack() as streams:
        said, _ = begin(hurried, streams, str(uuid4()), f"Unseen [[slow 0.05]] [[say: {WORDS}]]")
        kept.wait_for(lambda: kept.pieces_of(hasty, said.reply))
        hasty.kill()
    hasty.start()
    kept.wait_for(lambda: kept.count(hasty, "reply", "id = ? AND finish = 'interrupted'", said.reply))
    assert WORDS.startswith(kept.messages(hasty, said.conversation)[said.reply]["text"])
