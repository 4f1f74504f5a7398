"""What a bucket learns about its server, and the lock that takes over where the server knows no conditions."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from conversations.locks import locked
from conversations.store import Conflict, S3Options, StoreUnavailable, open_store
from conversations.transcripts import archive
from tests.conversations import independent
from tests.conversations.bucket import Dialect, Proxy, new_bucket, options, proxy, server


@pytest.fixture(scope="module")
def moto() -> Iterator[int]:
    with server() as port:
        yield port


@pytest.mark.parametrize(
    ("dialect", "conditions", "words"),
    [
        ("standard", "store", "honours conditional writes"),
        ("unquoted", "store", "honours conditional writes"),
        ("ignoring", "lock", "it ignores If-None-Match"),
        ("refusing", "lock", "it refuses them"),
    ],
)
def test_a_bucket_learns_what_its_server_honours_when_it_first_writes_and_says_so_once(
    moto: int, dialect: Dialect, conditions: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "conversations")
    with proxy(moto, dialect) as between:
        store = open_store(f"s3://{new_bucket(moto)}/site", options(between.server_port, locked))
        assert (store.get("a"), list(store.keys("")), store.conditions) == (None, [], None)
        store.put("a", b"one", None)
        store.put("b", b"one", None)
        assert store.conditions == conditions
        assert list(store.keys("")) == ["a", "b"]
    assert [words in record.getMessage() for record in caplog.records if record.name.startswith("conv")] == [True]


def test_what_was_tried_leaves_nothing_behind(moto: int) -> None:
    bucket = new_bucket(moto)
    open_store(f"s3://{bucket}/site", options(moto)).put("a", b"one", None)
    assert list(open_store(f"s3://{bucket}", options(moto)).keys("site/")) == ["site/a"]


def test_answers_lost_while_trying_teach_nothing_wrong(moto: int) -> None:
    with proxy(moto) as between:
        for lost in range(4):
            store = open_store(f"s3://{new_bucket(moto)}", options(between.server_port))
            between.faults["PUT"] = [*["pass"] * lost, "lost"]
            store.put("a", b"one", None)
            assert store.conditions == "store"


def test_an_outage_while_trying_teaches_nothing(moto: int) -> None:
    with proxy(moto) as between:
        store = open_store(f"s3://{new_bucket(moto)}", options(between.server_port))
        between.faults["PUT"] = [(500, "InternalError")] * 3
        with pytest.raises(StoreUnavailable):
            store.put("a", b"one", None)
        assert store.conditions is None
        store.put("a", b"one", None)
        assert store.conditions == "store"


def test_without_conditions_and_without_a_lock_nothing_is_written(moto: int) -> None:
    with proxy(moto, "ignoring") as between:
        store = open_store(f"s3://{new_bucket(moto)}", options(between.server_port))
        for act in (lambda: store.put("a", b"one", None), lambda: store.delete("a")):
            with pytest.raises(StoreUnavailable, match="no conditional writes"):
                act()


def append(url: str, server: S3Options, writer: int, lines: int) -> None:
    store = open_store(url, server)
    for line in range(lines):
        while True:
            data, tag = store.get("log") or (b"", None)
            try:
                store.put("log", data + f"{writer}.{line}\n".encode(), tag)
                break
            except Conflict:
                continue


@pytest.fixture(params=["ignoring", "refusing", *independent.PLACES])
def shared(request: pytest.FixtureRequest, moto: int) -> Iterator[tuple[str, S3Options]]:
    """The address of a store for several processes, and its server."""
    if request.param == "independent":
        with independent.place() as url:
            yield url, independent.options(locked)
        return
    with proxy(moto, request.param) as between:
        yield f"s3://{new_bucket(moto)}", options(between.server_port, locked)


@pytest.mark.database
def test_processes_writing_one_key_lose_nothing(shared: tuple[str, S3Options]) -> None:
    context = get_context("spawn")
    writers = [context.Process(target=append, args=[*shared, number, 4]) for number in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=40)
        assert writer.exitcode == 0
    found = open_store(*shared).get("log")
    assert found
    assert sorted(found.data.decode().split()) == sorted(f"{w}.{n}" for w in range(2) for n in range(4))


@pytest.fixture
def ignoring(moto: int) -> Iterator[Proxy]:
    with proxy(moto, "ignoring") as between:
        yield between


@pytest.mark.django_db(transaction=True)
def test_readiness_names_what_holds_writers_apart_once_it_is_known(
    client: Client, moto: int, ignoring: Proxy, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = {"AWS_ACCESS_KEY_ID": "AKEY", "AWS_SECRET_ACCESS_KEY": "a-secret", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {**access, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ignoring.server_port}"}.items():
        monkeypatch.setenv(name, value)
    settings.CONVERSATION_STORE = f"s3://{new_bucket(moto)}/site"
    assert client.get("/readyz").json() == {"database": "ok", "store": "ok"}
    archive().store.put("a", b"one", None)
    assert client.get("/readyz").json() == {"database": "ok", "store": "ok", "conditions": "lock"}


def test_a_folder_holds_its_writers_apart_itself(client: Client, db: None) -> None:
    assert client.get("/readyz").json()["conditions"] == "store"


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_cannot_be_had_is_an_outage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(connection.settings_dict, "NAME", "nowhere")
    (tmp_path / "nowhere.locks").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="The lock for writing cannot be had"), locked("a"):
        pass
