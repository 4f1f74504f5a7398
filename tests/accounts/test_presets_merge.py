"""Two versions of somebody's presets become one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.library import Entries, Gone, deleted, merged
from conversations.presets import Example, Preset, added, changed, own

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
IDS = [str(UUID(int=number)) for number in range(4)]
TIMES = [f"2026-11-20T12:00:0{second}.000Z" for second in range(3)]

nonsense: st.SearchStrategy[Any] = st.sampled_from([None, 7, 0.5, "a", " ", [], ["a", 1], {}, {"a": []}, True])
living = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "A", "b"]) | nonsense, "changed_at": st.sampled_from([*TIMES, None])},
    optional={
        "settings": st.dictionaries(st.sampled_from(["model", "temperature", "stop", "new"]), nonsense) | nonsense,
        "starters": st.lists(st.sampled_from(["x", "y"]), max_size=8) | nonsense,
        "examples": st.lists(st.sampled_from([{"user": "x", "assistant": "y"}, {}]), max_size=12) | nonsense,
        "icon": nonsense,
    },
)
marks = st.fixed_dictionaries({"deleted": st.just(True), "changed_at": st.sampled_from(TIMES)})
versions = st.dictionaries(st.sampled_from(IDS), living | marks | nonsense)


@given(st.lists(versions, min_size=2, max_size=3))
def test_in_any_order_it_comes_to_the_same(copies: list[Entries]) -> None:
    results = []
    for order in permutations(copies):
        one, *others = order
        for other in others:
            one = merged(one, other)
        results.append(one)
    assert all(result == results[0] for result in results)
    assert merged(results[0], results[0]) == results[0]


@given(versions)
def test_whatever_stands_there_can_be_shown_kept_and_begun_with(copy: Entries) -> None:
    for preset in own(copy):
        assert preset.name.strip()
        json.dumps(preset.settings(), allow_nan=False)
        assert Preset.read(preset.id, preset.kept()) == preset
        assert Preset.of_fields(preset.id, preset.fields()) == preset


@given(versions, versions)
def test_a_change_wins_over_what_it_changed_whatever_the_clock_says(copy: Entries, older: Entries) -> None:
    slow = NOW - timedelta(days=400)
    before = merged(copy, older)
    for preset in own(before):
        now_gone = deleted(before, preset.id, slow)
        assert preset.id not in {one.id for one in own(merged(now_gone, before))}
        other = Preset.of_fields(preset.id, preset.fields() | {"name": "new"})
        assert other in own(merged(before, changed(before, other, slow)))


def test_an_older_copy_never_brings_a_deleted_one_back() -> None:
    one = Preset(IDS[0], "a", starters=("words",), examples=(Example("words", "more"),))
    first = added({}, one, NOW)
    edited = changed(first, Preset(IDS[0], "b"), NOW + timedelta(hours=1))
    gone = deleted(edited, IDS[0], NOW + timedelta(hours=2))
    assert own(merged(merged(first, gone), edited)) == []
    assert "words" not in str(gone)
    with pytest.raises(Gone):
        changed(gone, one, NOW)
