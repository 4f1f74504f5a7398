from __future__ import annotations

import os
import re
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.test import Client

from accounts.models import User
from conversations.live import LiveReply
from tests.conftest import signed_in
from tests.plugin import ROOT
from tests.site import Visitor
from tests.watching.watched import TOKEN, Watched, until
from watching import metrics

BEARER = {"Authorization": f"Bearer {TOKEN}"}


def scraped(on: Watched, **headers: str) -> str:
    """As Prometheus asks: by the address of the machine, without a session."""
    answer = httpx2.get(f"{on.site.url}/metrics", headers={**BEARER, "Host": "10.1.2.3:8000"}, trust_env=False)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return answer.text


def number(text: str, name: str, **labels: str) -> float:
    """The sum of those with these labels, among others."""
    found = re.findall(rf"^{name}(?:\{{(.*)\}})? (\S+)$", text, re.MULTILINE)
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(float(value) for given, value in found if all(one in given for one in wanted))


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer wrong", "Basic " + TOKEN, TOKEN, f"Bearer {TOKEN}x", "Bearer é"]
)
def test_nobody_else_is_told_that_there_are_numbers(typed: Watched, header: str | None) -> None:
    headers = [(b"Authorization", header.encode())] if header else []
    answer = httpx2.get(f"{typed.site.url}/metrics", headers=headers, trust_env=False)
    assert (answer.status_code, "chatsite_" in answer.text) == (404, False)


def test_users_are_not_told_but_staff_are(as_alice: Client, carol: User, client: Client, settings: Any) -> None:
    assert [who.get("/metrics").status_code for who in (client, as_alice, signed_in(carol))] == [404, 404, 200]
    assert "chatsite_database_seconds_bucket" in signed_in(carol).get("/metrics").content.decode()
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    settings.METRICS_TOKEN = ""
    for header in ("Bearer ", "Bearer", ""):
        assert client.get("/metrics", headers={"Authorization": header}).status_code == 404


def test_replies_are_counted_and_timed_in_all_processes(typed: Watched) -> None:
    text = scraped(typed)
    assert number(text, "chatsite_replies_total", backend="huggingface", finish="stop") >= 1
    assert number(text, "chatsite_replies_total", finish="failed") == 3
    failures = {code: number(text, "chatsite_reply_failures_total", code=code) for code in ("bad_request", "auth")}
    assert failures == {"bad_request": 1, "auth": 1}
    assert number(text, "chatsite_reply_first_token_seconds_count") >= 1
    assert 0 < number(text, "chatsite_reply_first_token_seconds_sum") < 60
    assert number(text, "chatsite_reply_tokens_total") >= typed.said["done"]["done"]["usage"]["completion_tokens"]


def test_requests_queries_and_calls_to_the_store_are_timed(typed: Watched) -> None:
    text = scraped(typed)
    assert number(text, "chatsite_request_seconds_count", view="search", method="GET", status="2xx") >= 3
    assert number(text, "chatsite_request_seconds_count", view="none", status="4xx") >= 2
    assert number(text, "chatsite_request_seconds_count", view="conversations:messages", status="5xx") == 2
    for operation in ("get", "put", "check"):
        assert number(text, "chatsite_store_seconds_count", operation=operation) > 0
    assert number(text, "chatsite_store_seconds_count", outcome="StoreUnavailable") > 0
    for operation in ("select", "insert", "update", "begin"):
        assert number(text, "chatsite_database_seconds_count", operation=operation) > 0


def test_no_label_holds_what_came_with_a_request(typed: Watched) -> None:
    visitor = typed.visitor
    visitor.http.request(typed.word("verb").upper(), "/c/new/", headers=visitor.headers)
    text = scraped(typed)
    assert typed.told(text) == []
    assert typed.said["done"].conversation not in text
    labels = set(re.findall(r'(\w+)="', text))
    assert labels == {"method", "view", "status", "le", "backend", "finish", "code", "operation", "outcome"}


def test_the_page_on_watching_names_every_number_and_no_other() -> None:
    exposed = re.findall(r"^# TYPE (chatsite_\w+)", metrics.exposition().decode(), re.MULTILINE)
    named = re.findall(r"chatsite_\w+", (ROOT / "docs/watching.md").read_text(encoding="utf-8"))
    assert {name.removesuffix("_bucket") for name in named} == set(exposed)


async def test_a_reply_in_a_line_is_queued_until_it_speaks() -> None:
    reply = LiveReply(uuid.uuid4(), uuid.uuid4())
    reply.wait({"what": "queued", "place": 2})
    assert reply.is_queued
    reply.wait({"what": "loading"})
    assert not reply.is_queued
    reply.wait({"what": "queued", "place": 1})
    reply.add("Hello", "")
    assert not reply.is_queued


@contextmanager
def talking(visitor: Visitor) -> Iterator[None]:
    body = {"message": str(uuid.uuid4()), "text": f"[[slow 0.1]] [[say: {'word ' * 300}]]"}
    with visitor.stream(f"/c/{uuid.uuid4()}/messages/", body) as events:
        next(events)
        yield


def test_running_replies_are_counted_while_they_run_and_not_when_their_process_died(typed: Watched) -> None:
    assert until(lambda: number(scraped(typed), "chatsite_replies_running") == 0)
    with talking(typed.visitor):
        assert until(lambda: number(scraped(typed), "chatsite_replies_running") == 1)
        assert until(lambda: 0 < number(scraped(typed), "chatsite_checkpoint_age_seconds") < 5)
        counted = number(scraped(typed), "chatsite_store_seconds_count", operation="put")
        assert typed.site.process
        master = typed.site.process.pid
        for worker in Path(f"/proc/{master}/task/{master}/children").read_text().split():
            os.kill(int(worker), signal.SIGKILL)
    assert until(lambda: running_again(typed) == 0)
    # What was counted stays counted.
    assert number(scraped(typed), "chatsite_store_seconds_count", operation="put") >= counted
    assert number(scraped(typed), "chatsite_checkpoint_age_seconds") == 0


def running_again(on: Watched) -> float | None:
    try:
        return number(scraped(on), "chatsite_replies_running")
    except httpx2.TransportError:
        return None
