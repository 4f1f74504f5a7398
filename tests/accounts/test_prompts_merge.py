"""Two versions of somebody's prompts become one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from conversations.library import MOST_MARKS, Entries, deleted, kept, merged
from conversations.prompts import Prompt, added, changed, prompts

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
IDS = [str(UUID(int=number)) for number in range(4)]
TIMES = [f"2026-11-20T12:00:0{second}.000Z" for second in range(3)]

times = st.sampled_from([*TIMES, "2026-11-20T13:00:01+01:00", "nonsense", None])
living = st.fixed_dictionaries(
    {"command": st.sampled_from(["a", "A", "b"]), "text": st.sampled_from(["x", "y"]), "changed_at": times},
    optional={"icon": st.sampled_from([1, "star"])},
)
marks = st.fixed_dictionaries({"deleted": st.just(True), "changed_at": times})
strange: st.SearchStrategy[Any] = st.sampled_from([None, 7, [], {}, {"command": 1}])
versions = st.dictionaries(st.sampled_from(IDS), living | marks | strange)


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
    if len(copies) == 3:
        a, b, c = copies
        assert merged(merged(a, b), c) == merged(a, merged(b, c))


@given(versions)
def test_what_is_shown_has_commands_of_its_own(copy: Entries) -> None:
    names = [prompt.command.casefold() for prompt in prompts(copy)]
    assert len(set(names)) == len(names)


@given(versions, versions)
def test_a_change_wins_over_what_it_changed_whatever_the_clock_says(copy: Entries, older: Entries) -> None:
    slow = NOW - timedelta(days=400)
    known = merged(copy, older)
    for prompt in prompts(known):
        now_gone = deleted(known, prompt.id, slow)
        assert prompt.id not in {one.id for one in prompts(merged(now_gone, known))}
        renamed = changed(known, Prompt(prompt.id, "new", "words"), slow)
        assert Prompt(prompt.id, "new", "words") in prompts(merged(known, renamed))


def test_an_older_copy_never_brings_a_deleted_one_back() -> None:
    first = added({}, Prompt(IDS[0], "a", "words"), NOW)
    edited = changed(first, Prompt(IDS[0], "a", "other words"), NOW + timedelta(hours=1))
    gone = deleted(edited, IDS[0], NOW + timedelta(hours=2))
    assert prompts(merged(merged(first, gone), edited)) == []
    assert "words" not in str(gone)


def test_the_marks_of_deleted_ones_do_not_grow_for_ever() -> None:
    copy: Entries = {}
    for number in range(MOST_MARKS + 5):
        key = str(UUID(int=number))
        moment = NOW + timedelta(seconds=number)
        copy = kept(copy, deleted(added(copy, Prompt(key, "same", f"words {number}"), moment), key, moment))
    assert len(copy) == MOST_MARKS
    assert str(UUID(int=0)) not in copy
    assert str(UUID(int=MOST_MARKS + 4)) in copy
