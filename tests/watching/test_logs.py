from __future__ import annotations

import io
import json
import logging
import re
import sqlite3
import uuid

import httpx2
import psycopg
import pytest
from django.db import DataError

from conversations.store import StoreUnavailable
from llm.echo import without_echo
from tests.conversations.asked import let_go_on
from tests.watching.watched import Watched
from watching.log import JSONFormatter, formatter
from watching.telling import told

STREAM = {"method": "POST", "path": "/c/<uuid:conversation>/messages/", "status": 200}


def test_the_log_has_no_word_that_anybody_typed_and_no_secret(typed: Watched) -> None:
    log = typed.site.log.read_text(encoding="utf-8")
    assert len(typed.secrets) > 20
    assert typed.told(log) == []
    assert "Traceback" in log


def test_every_line_is_an_object_with_a_time_and_a_level(typed: Watched) -> None:
    assert [line for line in typed.lines if not {"time", "level", "logger", "message"} <= line.keys()] == []
    assert {line["level"] for line in typed.lines} >= {"INFO", "WARNING", "ERROR"}


def test_a_request_has_one_line_with_who_and_what_and_how_long(typed: Watched) -> None:
    answer = typed.visitor.http.get("/search/?q=hello", headers={"X-Request-ID": "one-search-0001"})
    assert answer.headers["X-Request-ID"] == "one-search-0001"
    line = typed.line(request_id="one-search-0001")
    assert (line["logger"], line["level"], line["method"], line["path"], line["status"]) == (
        "request", "INFO", "GET", "/search/", 200)  # fmt: skip
    assert 0 < line["ms"] < 10_000
    assert str(uuid.UUID(line["user"])) == line["user"]
    assert len([line for line in typed.lines if line["request_id"] == "one-search-0001"]) == 1


@pytest.mark.parametrize("given", ["", "short", "a b c d e f g h", "<script>alert(1)", "x" * 65, 'quote"quote"'])
def test_an_id_that_is_none_is_replaced_by_one_of_ours(typed: Watched, given: str) -> None:
    answer = httpx2.get(f"{typed.site.url}/offline/", headers={"X-Request-ID": given}, trust_env=False)
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_a_probe_leaves_no_line(typed: Watched) -> None:
    assert [line for line in typed.lines if "healthz" in json.dumps(line)] == []


def test_a_page_that_is_not_there_and_one_that_broke_are_told_by_no_address(typed: Watched) -> None:
    assert typed.line(path=None, status=404)["user"] is None
    assert typed.line(logger="request", path="/search/", status=503)["level"] == "WARNING"


def test_a_reply_has_one_line_with_the_id_of_the_request_that_began_it(typed: Watched) -> None:
    said = typed.said["done"]
    line = typed.line(logger="reply", reply=said.reply)
    assert line.items() >= {
        "conversation": said.conversation, "model": "test-model", "backend": "huggingface", "finish": "stop",
        "code": None, "tokens": said["done"]["usage"]["completion_tokens"],
        "first_ms": said["done"]["timing_ms"]["first"], "total_ms": said["done"]["timing_ms"]["total"],
    }.items()  # fmt: skip
    request = typed.line(**STREAM, request_id=line["request_id"])
    assert request["ms"] <= request["open_ms"]
    assert [one["logger"] for one in typed.lines if one.get("reply") == said.reply] == ["reply"]


def test_a_failed_reply_says_why_in_our_words_and_what_is_left_of_the_server_s(typed: Watched) -> None:
    codes = [line["code"] for line in typed.lines if line["logger"] == "reply" and line["finish"] == "failed"]
    assert codes == ["bad_request", "auth", "upstream"]
    warning = next(line for line in typed.lines if "failed: bad_request" in line["message"])
    assert "400: Cannot read '…' or … at 3" in warning["message"]


def test_a_stream_is_told_when_it_ends_and_measured_to_its_first_byte(typed: Watched) -> None:
    visitor, conversation = typed.visitor, uuid.uuid4()
    body = {"message": str(uuid.uuid4()), "parent": None, "text": "Slowly [[hold 1]]"}
    headers = {**visitor.headers, "Accept": "text/event-stream", "X-Request-ID": "slow-stream-01"}
    with visitor.http.stream("POST", f"/c/{conversation}/messages/", json=body, headers=headers) as response:
        lines = response.iter_lines()
        assert next(lines) == "event: started"
        logged = [line["logger"] for line in typed.lines if line["request_id"] == "slow-stream-01"]
        assert {"request", "reply"}.isdisjoint(logged)
    # The reader has left; the reply goes on.
    let_go_on(typed.models, "Slowly [[hold 1]]")
    request = typed.line(logger="request", request_id="slow-stream-01")
    reply = typed.line(logger="reply", request_id="slow-stream-01")
    assert (reply["finish"], reply["total_ms"] > request["ms"]) == ("stop", True)


def logged(error: Exception, *, style: str = "json", debug: bool = False) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(style, debug=debug))
    record = logging.LogRecord("x", logging.ERROR, "", 0, "It broke: %s", (error,), (type(error), error, None))
    handler.handle(record)
    return stream.getvalue()


@pytest.mark.parametrize("style", ["json", "line"])
def test_what_an_exception_says_is_left_out_unless_it_is_ours(style: str) -> None:
    assert "canary" not in logged(ValueError("canary"), style=style)
    assert "ValueError" in logged(ValueError("canary"), style=style)
    assert "free some space" in logged(StoreUnavailable("the folder: free some space."), style=style)
    assert "No space left" in logged(OSError(28, "whatever", "canary.txt"), style=style)
    assert "canary" in logged(ValueError("canary"), style="line", debug=True)


def test_what_led_to_an_exception_is_told_as_little() -> None:
    try:
        try:
            int("canary")
        except ValueError as error:
            raise DataError("DETAIL: Key (title)=(canary) is too long") from error
    except DataError as error:
        raised = error
    line = json.loads(logged(raised))
    assert "canary" not in line["exception"].replace('int("canary")', "").replace("(canary) is too long", "")
    assert line["exception"].index("ValueError") < line["exception"].index("DataError")


def test_an_exception_that_led_to_itself_is_told_once() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert json.loads(logged(first))["exception"] == "KeyError\n\nwhich led to:\n\nValueError"


def test_a_database_tells_which_error_it_was_and_why_it_was_not_reached() -> None:
    with pytest.raises(sqlite3.OperationalError) as sqlite:
        sqlite3.connect(":memory:").execute("SELECT canary")
    assert told(sqlite.value) == "OperationalError: SQLITE_ERROR"
    assert told(psycopg.errors.UniqueViolation("Key (title)=(canary)")) == "UniqueViolation: 23505"
    with pytest.raises(psycopg.OperationalError) as postgresql:
        psycopg.connect("host=127.0.0.1 port=9 user=chat password=canary dbname=x")
    assert told(postgresql.value).endswith("Connection refused")
    assert "canary" not in told(postgresql.value)


def test_lines_and_controls_cannot_be_forged() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "a\nb\r\x1b[2J\u2028", None, None)
    assert JSONFormatter().format(record).count("\n") == 0
    assert "\x1b" not in JSONFormatter().format(record)


def test_tasks_that_failed_unheard_do_not_say_what_they_raised() -> None:
    text = "Task exception was never retrieved\nfuture: <Task exception=ValueError('canary')>"
    record = logging.LogRecord("asyncio", logging.ERROR, "", 0, text, None, None)
    assert "canary" not in JSONFormatter().format(record)


@pytest.mark.parametrize(
    ("detail", "left"),
    [
        ("429: Rate limit exceeded for tokens", "429: Rate limit exceeded for tokens"),
        ('400: [{"content": "Rate my Canary, please"}]', '400: [{"content": "Rate …, please"}]'),
        ("400: caf\\u00e9 cana", "400: …"),
        ("400: the whale sank", "400: the whale sank"),
        ("400: bad\\u000aERROR request\\u001b[2J", "400: bad ERROR request [2J"),
    ],
)
def test_of_a_server_s_words_those_that_were_typed_are_left_out(detail: str, left: str) -> None:
    assert without_echo(detail, ["Rate my canary, the café"]) == left
