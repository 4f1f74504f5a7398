from __future__ import annotations

import json
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from llm import LLMError, errors, retrying
from tests.llm.conftest import Asker
from tests.model_answers import Answer, Ending
from tests.model_server import ModelServer

SAID = "secret words of the upstream"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BadRequest),
        (401, errors.Auth),
        (402, errors.Billing),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (408, errors.Timeout),
        (413, errors.TooLong),
        (418, errors.BadRequest),
        (422, errors.BadRequest),
        (429, errors.RateLimited),
        (500, errors.Unavailable),
        (502, errors.Unavailable),
        (503, errors.Busy),
        (504, errors.Timeout),
    ],
)
async def test_a_status_has_a_class(ask: Asker, server: ModelServer, status: int, kind: type[LLMError]) -> None:
    server.answer = Answer(status=status)
    with pytest.raises(LLMError) as caught:
        await ask()
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("status", "told", "kind"),
    [
        (429, {"message": "Check your plan.", "type": "insufficient_quota", "code": None}, errors.Billing),
        (429, {"message": "Check your balance.", "type": "exceeded_current_quota_error"}, errors.Billing),
        (429, {"message": "Slow down.", "type": "requests", "code": "rate_limit_exceeded"}, errors.RateLimited),
        (
            403,
            "This authentication method does not have sufficient permissions to call Inference Providers",
            errors.Auth,
        ),
    ],
)
async def test_what_waiting_or_another_model_cannot_cure_is_not_called_so(
    ask: Asker, server: ModelServer, status: int, told: object, kind: type[LLMError]
) -> None:
    server.answer = Answer(status=status, body=json.dumps({"error": told}))
    with pytest.raises(LLMError) as caught:
        await ask()
    assert type(caught.value) is kind
    assert len(server.chats) == (3 if kind is errors.RateLimited else 1)


@pytest.mark.parametrize("status", [400, 403, 422, 429, 500])
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("body", [f'{{"error":{{"message":"{SAID}"}}}}', f'{{"detail":"{SAID}"}}', SAID])
async def test_what_the_upstream_said_goes_to_the_log_only(
    server: ModelServer, status: int, chunked: bool, body: str
) -> None:
    server.answer = Answer(status=status, body=body, chunked=chunked)
    with pytest.raises(LLMError) as caught:
        await Asker(server)()
    assert caught.value.detail == f"{status}: {SAID}"
    assert str(caught.value) == caught.value.sentence


@pytest.mark.parametrize(
    "body",
    [
        '{"error":{"message":"This model\'s maximum context length is 8192 tokens.","code":400}}',
        '{"error":{"code":400,"type":"exceed_context_size_error","message":"exceed_context_size_error"}}',
        '{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096"}',
        '{"detail":"prompt is too long: 12 tokens"}',
    ],
)
async def test_a_conversation_that_does_not_fit_is_too_long(ask: Asker, server: ModelServer, body: str) -> None:
    server.answer = Answer(status=400, body=body)
    with pytest.raises(errors.TooLong):
        await ask()
    assert len(server.chats) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_may_be_seconds_or_a_date(
    ask: Asker, server: ModelServer, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "DELAYS", ())
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    server.script += [Answer(status=status, headers={"Retry-After": after}) for after in ("7", later, "soon", "-1")]
    waits = []
    for _ in range(4):
        with pytest.raises(LLMError) as caught:
            await ask()
        waits.append(caught.value.retry_after)
    assert waits[0] == 7
    assert waits[1] in (89, 90)
    assert waits[2:] == [None, None]


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        ("eof", errors.Interrupted),
        ("reset", errors.Interrupted),
        ("half line", errors.Interrupted),
        ("stall", errors.Timeout),
        ("error", errors.Upstream),
    ],
)
async def test_a_reply_that_breaks_off_keeps_what_was_said(
    ask: Asker, server: ModelServer, ending: Ending, kind: type[LLMError]
) -> None:
    server.answer = Answer(text="One two three four", ending=ending, break_after=2, finish=None, delay=0.05)
    with pytest.raises(LLMError) as caught:
        await ask(idle_timeout=1 if ending == "stall" else 30)
    assert type(caught.value) is kind
    assert ask.heard.text == "One two"


async def test_a_reply_that_ends_by_an_error_has_failed(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text="One two", finish="error")
    with pytest.raises(errors.Upstream):
        await ask()
    assert ask.heard.text == "One two"


async def test_half_a_tag_is_not_lost_when_the_reply_breaks_off(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text=["<thi"], ending="eof", finish=None)
    with pytest.raises(errors.Interrupted):
        await ask()
    assert ask.heard.text == "<thi"


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"error": "overloaded", "error_type": "overloaded"}, errors.RateLimited),
        ({"error": "inputs too long", "error_type": "validation"}, errors.TooLong),
        ({"error": {"message": "slow down", "code": 429}}, errors.RateLimited),
        ({"error": {"message": "no credit", "code": "402"}}, errors.Billing),
        ({"error": [1]}, errors.Upstream),
    ],
)
async def test_an_error_inside_the_stream_has_a_class(
    ask: Asker, server: ModelServer, event: object, kind: type[LLMError]
) -> None:
    server.answer = Answer(text="", events=(f"data: {json.dumps(event)}\n\n",))
    with pytest.raises(LLMError) as caught:
        await ask()
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body="<!doctype html><p>Welcome", content_type="text/html; charset=utf-8"),
        Answer(body='{"choices": [{"message": {"content": "no stream"}}]}'),
        Answer(body='{"ok": true}'),
        Answer(body="[" * 50_000),
        Answer(text="", events=("data: nonsense\n\n",)),
        Answer(text="", events=("data: 5\n\n",)),
        Answer(text="", events=('data: {"choices":[5]}\n\n',)),
        Answer(text="", events=('data: "x"\n\n',)),
        Answer(status=302, headers={"Location": "http://169.254.169.254/"}),
    ],
)
async def test_nonsense_is_the_upstreams_fault(ask: Asker, server: ModelServer, answer: Answer) -> None:
    server.answer = answer
    with pytest.raises(LLMError) as caught:
        await ask()
    assert caught.value.code == "upstream"
    assert len(server.chats) == 1


async def test_a_line_without_end_does_not_fill_the_memory(
    ask: Asker, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm.backends.huggingface.transport.LINE_LIMIT", 10_000)
    server.answer = Answer(text="", events=("data: " + "x" * 20_000,), ending="stall")
    with pytest.raises(errors.Upstream):
        await ask(first_timeout=5)


async def test_an_error_sent_with_the_status_of_a_success_is_that_error(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(body='{"error": {"message": "slow down", "code": 429}}')
    with pytest.raises(errors.RateLimited):
        await ask()


async def test_a_server_that_says_nothing_times_out(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(before_headers=60)
    start = time.monotonic()
    with pytest.raises(errors.Timeout):
        await ask(first_timeout=0.2)
    assert time.monotonic() - start < 30


async def test_the_first_word_is_waited_for_longer_than_the_next(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text="Late but here", before_headers=1.5)
    assert (await ask(first_timeout=30, idle_timeout=1)).text == "Late but here"


async def test_events_that_say_nothing_do_not_put_off_the_first_time_out(ask: Asker, server: ModelServer) -> None:
    silent = 'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n'
    server.answer = Answer(text="never", events=(silent,) * 50, delay=0.05)
    with pytest.raises(errors.Timeout):
        await ask(first_timeout=0.3)


async def test_the_whole_reply_has_a_deadline_where_one_is_set(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text="word " * 1000, delay=0.02)
    with pytest.raises(errors.Timeout):
        await ask(total_timeout=1.5)
    assert "word" in ask.heard.text


async def test_nobody_at_the_address_is_unreachable(ask: Asker) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(errors.Unreachable):
            await ask(base_url=address)


@pytest.mark.parametrize(
    "address", ["http://no-such-host.invalid/v1", "ftp://127.0.0.1/v1", "http://[/v1", "http:///v1", "localhost:8000"]
)
async def test_an_impossible_address_is_unreachable(ask: Asker, address: str) -> None:
    with pytest.raises(errors.Unreachable):
        await ask(base_url=address)


async def test_the_log_never_holds_the_key(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(status=401, body='{"error": "bad key my-own-key and hf_abcdefghijkl and sk-abcdefghij"}')
    with pytest.raises(errors.Auth) as caught:
        await ask(api_key="my-own-key")
    assert caught.value.detail == "401: bad key *** and *** and ***"
    assert caught.value.__suppress_context__
