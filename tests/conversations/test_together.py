"""What is set in two tabs at the same moment, request by request in any order, is both there in the end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conversations.archive import Archive
from conversations.transcript import Transcript
from tests.conversations.long import ALICE, NOON, ROME, opened, talk
from tests.conversations.memory import SharedStore, play
from tests.conversations.test_interleavings import examples
from tests.site import Site

CHOICES: list[dict[str, Any]] = [{"temperature": 0.5}, {"top_p": 0.25}, {"model": "alpha/model", "turns": 3}]
orders = st.lists(st.integers(0, 3), max_size=30)


def all_at_once(acts: list[Callable[[Transcript], None]], order: list[int]) -> Transcript:
    store = SharedStore()
    Archive(store).create(talk(4))
    errors = play([partial(Archive(store).change, ALICE, ROME, act, again=True) for act in acts], order)
    assert not any(errors)
    return opened(Archive(store))


def setting(choice: dict[str, Any]) -> Callable[[Transcript], None]:
    return lambda transcript: transcript.set_settings(NOON, **choice)


@given(orders)
@examples(60)
def test_settings_of_two_tabs_do_not_undo_each_other(order: list[int]) -> None:
    settings = all_at_once([setting(one) for one in CHOICES], order).settings.raw()
    assert settings | {name: value for one in CHOICES for name, value in one.items()} == settings


@given(orders)
@examples(60)
def test_nor_do_flags(order: list[int]) -> None:
    flags = all_at_once(
        [
            lambda transcript: transcript.set_flags(NOON, pinned=True),
            lambda transcript: transcript.set_flags(NOON, tags=["work"]),
        ],
        order,
    ).flags
    assert (flags.pinned, flags.tags) == (True, ["work"])


def test_models_that_are_liked_in_two_tabs_are_both_liked(site: Site) -> None:
    visitor = site.visitor()
    liked = ["test-model", "other-model"]
    for _ in range(5):
        for model in liked:
            visitor.post("/models/favourite/", {"model": model, "on": "false"})
        with ThreadPoolExecutor(2) as tabs:
            answers = tabs.map(lambda model: visitor.post("/models/favourite/", {"model": model, "on": "true"}), liked)
            assert [answer.status_code for answer in answers] == [204, 204]
        assert sorted(visitor.http.get("/models/").json()["favourites"]) == sorted(liked)
