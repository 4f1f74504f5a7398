"""One contract over both stores; S3 is moto's server, spoken to over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from conversations.store import Conflict, Gone, Store, Stored, open_store
from conversations.stores import flock
from conversations.stores.s3 import S3Store
from tests.conversations import independent
from tests.conversations.bucket import Dialect, new_bucket, options, proxy, server

in_every_dialect = pytest.mark.parametrize(
    "store", ["folder", "s3", "unquoted", "ignoring", "refusing", *independent.PLACES], indirect=True
)


@pytest.fixture(scope="module")
def moto() -> Iterator[int]:
    with server() as port:
        yield port


@pytest.fixture(params=["folder", "s3", *independent.PLACES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "folder":
        yield open_store(f"file://{tmp_path}/store")
        return
    if request.param == "independent":
        with independent.place() as url:
            yield open_store(url, independent.options(partial(flock.locked, tmp_path)))
        return
    port: int = request.getfixturevalue("moto")
    url = f"s3://{new_bucket(port)}/site/one/"
    if request.param == "s3":
        yield open_store(url, options(port))
        return
    with proxy(port, cast(Dialect, request.param)) as between:
        yield open_store(url, options(between.server_port, partial(flock.locked, tmp_path)))


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.get("users/a.json") is None


def test_what_was_put_comes_back_with_its_tag(store: Store) -> None:
    tag = store.put("users/a.json", "naïve \0 日本".encode(), None)
    assert store.get("users/a.json") == Stored("naïve \0 日本".encode(), tag)


def test_empty_bytes_are_something(store: Store) -> None:
    tag = store.put("a", b"", None)
    assert store.get("a") == Stored(b"", tag)


@in_every_dialect
def test_creating_twice_is_a_conflict_and_the_first_stays(store: Store) -> None:
    store.put("a", b"first", None)
    with pytest.raises(Conflict) as lost:
        store.put("a", b"second", None)
    assert not isinstance(lost.value, Gone)
    found = store.get("a")
    assert found
    assert found.data == b"first"


@in_every_dialect
def test_replacing_needs_the_tag_of_what_is_there(store: Store) -> None:
    old = store.put("a", b"one", None)
    new = store.put("a", b"two", old)
    assert new != old
    with pytest.raises(Conflict):
        store.put("a", b"three", old)
    assert store.get("a") == Stored(b"two", new)


@in_every_dialect
def test_replacing_what_has_been_deleted_is_gone_and_makes_nothing(store: Store) -> None:
    tag = store.put("a", b"one", None)
    store.delete("a")
    with pytest.raises(Gone):
        store.put("a", b"two", tag)
    assert store.get("a") is None


def test_deleting_twice_is_no_error(store: Store) -> None:
    store.put("users/a/b.json", b"one", None)
    store.delete("users/a/b.json")
    store.delete("users/a/b.json")
    store.delete("never/was.json")
    assert list(store.keys("")) == []


@in_every_dialect
def test_a_deleted_key_can_be_created_again(store: Store) -> None:
    store.put("a", b"one", None)
    store.delete("a")
    store.put("a", b"two", None)


def test_keys_are_listed_by_prefix_in_order_and_nothing_beside_them(store: Store) -> None:
    keys = ["users/a.json", "users/a/b.json", "users/a/part-10.json", "users/ab.json", "zoo"]
    for key in reversed(keys):
        store.put(key, b"{}", None)
    assert list(store.keys("")) == keys
    assert list(store.keys("users/")) == keys[:4]
    assert list(store.keys("users/a")) == keys[:4]
    assert list(store.keys("users/a/")) == keys[1:3]
    assert list(store.keys("users/a/part-")) == keys[2:3]
    assert list(store.keys("nobody/")) == []


@pytest.mark.parametrize("key", ["", "/a", "a//b", "a/", "../a", "a/../b", ".", "a/.b", "a\0b", "a\nb", "\ud800"])
def test_a_key_that_could_leave_the_store_is_refused(store: Store, key: str) -> None:
    for act in (store.get, store.delete, lambda key: store.put(key, b"", None)):
        with pytest.raises(ValueError, match="not a key"):
            act(key)


def test_a_prefix_that_could_leave_the_store_is_refused(store: Store) -> None:
    for prefix in ("../", "/etc/", "a/../", ".locks/"):
        with pytest.raises(ValueError, match="not a prefix"):
            list(store.keys(prefix))


@in_every_dialect
def test_of_many_threads_creating_one_key_one_wins(store: Store) -> None:
    def create(number: int) -> bool:
        try:
            store.put("a", str(number).encode(), None)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        wins = list(pool.map(create, range(8)))
    found = store.get("a")
    assert found
    # moto itself is not quite atomic, so that it alone is not held to exactly one.
    on_moto = isinstance(store, S3Store) and not independent.PLACES
    assert sum(wins) == 1 or (on_moto and store.conditions == "store" and any(wins))
    assert wins[int(found.data)]


def test_the_age_of_what_is_there_is_known(store: Store) -> None:
    assert store.age("a") is None
    store.put("a", b"one", None)
    age = store.age("a")
    assert age is not None
    assert -1 <= age < 60


def test_a_store_that_is_there_checks_out(store: Store) -> None:
    store.check()


@pytest.mark.parametrize(
    "url", ["", "var/store", "http://x/y", "file://", "s3://", "s3://b/../c", "s3://a key:a secret@bucket/x"]
)
def test_a_nonsense_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"file://|s3://") as refused:
        open_store(url)
    assert "secret" not in str(refused.value)


def test_addresses_name_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_store("file://var/store").name == "the folder var/store"
    open_store("file://var/store").put("a", b"", None)
    assert (tmp_path / "var/store/a").exists()
    assert open_store("s3://words/site").name == "the bucket words"
