"""What only a bucket has to get right: answers lost on the way, refusals, credentials."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from conversations.store import Conflict, S3Options, Stored, StoreUnavailable, open_store
from conversations.stores.client import CONNECT_SECONDS, TRIES
from tests.conversations.bucket import Proxy, new_bucket, options, proxy, server


@pytest.fixture(scope="module")
def moto() -> Iterator[int]:
    with server() as port:
        yield port


@pytest.fixture
def between(moto: int) -> Iterator[Proxy]:
    with proxy(moto) as between:
        yield between


def test_a_write_whose_answer_is_lost_is_not_its_own_conflict(moto: int, between: Proxy) -> None:
    store = open_store(f"s3://{new_bucket(moto)}/site", options(between.server_port))
    store.delete("a")  # by then it has learned what the server can do
    between.seen.clear()
    between.faults["PUT"] = ["lost"]
    tag = store.put("a", b"one", None)
    assert store.get("a") == Stored(b"one", tag)
    between.faults["PUT"] = ["lost"]
    newer = store.put("a", b"two", tag)
    assert store.get("a") == Stored(b"two", newer)
    assert between.seen.count("PUT") == 4


def test_a_lost_answer_does_not_hide_a_real_conflict(moto: int, between: Proxy) -> None:
    store = open_store(f"s3://{new_bucket(moto)}/site", options(between.server_port))
    store.put("a", b"theirs", None)
    between.faults["PUT"] = ["lost"]
    with pytest.raises(Conflict):
        store.put("a", b"ours", None)


def test_two_conditional_writes_at_once_are_tried_again(moto: int, between: Proxy) -> None:
    store = open_store(f"s3://{new_bucket(moto)}", options(between.server_port))
    store.delete("a")
    between.faults["PUT"] = [(409, "ConditionalRequestConflict")] * 2
    store.put("a", b"one", None)
    between.faults["PUT"] = [(409, "ConditionalRequestConflict")] * 9
    with pytest.raises(Conflict):
        store.put("b", b"one", None)


def test_a_body_that_breaks_off_is_read_again(moto: int, between: Proxy) -> None:
    store = open_store(f"s3://{new_bucket(moto)}", options(between.server_port))
    tag = store.put("a", b"0123456789" * 1000, None)
    between.faults["GET"] = ["cut"]
    assert store.get("a") == Stored(b"0123456789" * 1000, tag)
    between.faults["GET"] = ["cut"] * 9
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        store.get("a")


def test_silence_is_waited_for_a_few_times_and_no_longer(moto: int, between: Proxy) -> None:
    store = open_store(f"s3://{new_bucket(moto)}?timeout=1", options(between.server_port))
    silence = Event()
    between.faults = {"GET": [silence] * 99, "PUT": [silence] * 99, "DELETE": [silence] * 99}
    acts: list[Callable[[], object]] = [lambda: store.get("a"), *[lambda: store.put("a", b"one", None)] * 4]
    with ThreadPoolExecutor(len(acts)) as callers:
        calls = [callers.submit(act) for act in acts]
        for call in calls:
            with pytest.raises(StoreUnavailable, match="cannot be reached"):
                call.result(TRIES * (CONNECT_SECONDS + 1) + 1 + 2 + 10)
    silence.set()
    # All four wait together for what the first finds out.
    assert sorted(between.seen) == ["GET"] * TRIES + ["PUT"] * TRIES
    between.faults.clear()
    store.put("a", b"one", None)


@pytest.mark.parametrize(
    "query", ["timeout=0", "timeout=soon", "timeout=1000", "timeout=", "timeouts=1", "region=here"]
)
def test_an_address_can_say_how_long_to_wait_and_nothing_else(query: str) -> None:
    open_store("s3://words/site?timeout=30")
    with pytest.raises(ValueError, match=r"timeout=SECONDS"):
        open_store(f"s3://words/site?{query}")


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (403, "InvalidAccessKeyId", "check AWS_ACCESS_KEY_ID"),
        (403, "SignatureDoesNotMatch", "check AWS_ACCESS_KEY_ID"),
        (403, "AccessDenied", "allow s3:GetObject"),
        (400, "AuthorizationHeaderMalformed", "set AWS_REGION"),
        (501, "NotImplemented", "no conditional writes"),
        (418, "Teapot", "does not answer as it should"),
    ],
)
def test_a_refusal_says_what_to_do(moto: int, between: Proxy, status: int, code: str, advice: str) -> None:
    store = open_store(f"s3://{new_bucket(moto)}", options(between.server_port))
    between.faults["PUT"] = [(status, code)] * 3
    with pytest.raises(StoreUnavailable, match=advice) as outage:
        store.put("a", b"", None)
    assert outage.value.__suppress_context__ or outage.value.__context__ is None


def test_a_missing_bucket_is_an_outage_that_says_so(moto: int) -> None:
    store = open_store("s3://nowhere", options(moto))
    for act in (
        store.check,
        lambda: store.get("a"),
        lambda: store.put("a", b"", None),
        lambda: [*store.keys("")],
    ):
        with pytest.raises(StoreUnavailable, match="the bucket nowhere does not exist"):
            act()
    with pytest.raises(StoreUnavailable):
        store.put("a", b"", '"d41d8cd98f00b204e9800998ecf8427e"')


def test_an_unreachable_server_is_an_outage_without_secrets() -> None:
    store = open_store("s3://words", options(9))
    with pytest.raises(StoreUnavailable, match="cannot be reached") as outage:
        store.check()
    assert "a-secret" not in str(outage.value) + repr(options(9))


def test_missing_credentials_are_an_outage_that_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    store = open_store("s3://words", S3Options("http://127.0.0.1:9", "us-east-1"))
    with pytest.raises(StoreUnavailable, match="set AWS_ACCESS_KEY_ID"):
        store.check()
