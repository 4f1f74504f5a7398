"""Many writers at once: whoever's request comes first, every message is there once, in one tree."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.archive import Archive, Deleted, folder_of
from conversations.transcript import Transcript
from tests.conversations.long import ALICE, ROME, check, identity, opened, part_keys, said, talk
from tests.conversations.memory import SharedStore, play

LIMIT = 6000
BEFORE = 12
quickly = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
orders = st.lists(st.integers(0, 5), max_size=60)
# Who speaks grows the conversation from one of these messages, of which the older lie in parts; a long text splits it.
speakers = st.lists(
    st.tuples(st.integers(0, BEFORE - 1), st.sampled_from([40, 400, 900]), st.booleans()), min_size=2, max_size=4
)


def conversation() -> tuple[SharedStore, Archive]:
    store = SharedStore()
    archive = Archive(store, LIMIT)
    archive.create(talk(BEFORE))
    return store, archive


def speaker(number: int, parent: int, words: int, archive: Archive, *, stale: bool) -> Callable[[], object]:
    def speak(transcript: Transcript) -> None:
        if not archive.knows(transcript, identity(parent)):
            raise Deleted
        message = said(number, parent, "word " * words)
        archive.add(transcript, message)
        transcript.set_current(message.id, message.created_at)

    if not stale:
        return lambda: archive.change(ALICE, ROME, speak)
    before = archive.load(ALICE, ROME)
    assert before
    speak(before.transcript)
    return lambda: archive.save(before)


def everybody(archives: list[Archive], drawn: list[tuple[int, int, bool]]) -> list[Callable[[], object]]:
    return [
        speaker(100 + place, parent, words, archive, stale=stale)
        for place, (archive, (parent, words, stale)) in enumerate(zip(archives, drawn, strict=True))
    ]


@quickly
@given(speakers, orders)
def test_writers_who_split_at_the_same_time_lose_and_double_nothing(
    drawn: list[tuple[int, int, bool]], order: list[int]
) -> None:
    store, archive = conversation()
    acts = everybody([Archive(store, LIMIT) for _ in drawn], drawn)
    acts.append(
        lambda: archive.change(ALICE, ROME, lambda one: archive.revise(one, identity(0), one.updated_at, rating=GOOD))
    )
    assert play(acts, order) == [None] * len(acts)
    expected = [identity(number) for number in [*range(BEFORE), *range(100, 100 + len(drawn))]]
    check(store, expected)
    first = archive.message(opened(archive), identity(0))
    assert first
    assert first.rating == GOOD
    archive.sweep(ALICE, ROME, 0)
    check(store, expected)
    assert len(part_keys(store)) == len(opened(archive).parts)


GOOD = {"value": "good", "comment": None, "at": None}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(speakers, orders, orders)
def test_the_result_is_the_same_whoever_was_first(
    drawn: list[tuple[int, int, bool]], one: list[int], other: list[int]
) -> None:
    results = set()
    for order in (one, other):
        store, archive = conversation()
        # All of them have opened the same version: of what is set as a whole, the latest by the clock stays.
        stale = [(parent, words, True) for parent, words, _ in drawn]
        assert not any(play(everybody([Archive(store, LIMIT) for _ in stale], stale), order))
        results.add(archive.whole(opened(archive)).to_json())
    assert len(results) == 1


@quickly
@given(speakers, orders)
def test_a_deletion_between_them_leaves_nothing_behind(drawn: list[tuple[int, int, bool]], order: list[int]) -> None:
    store, archive = conversation()
    acts = everybody([Archive(store, LIMIT) for _ in drawn], drawn)
    acts.append(partial(archive.delete, ALICE, ROME))
    errors = play(acts, order)
    assert {type(error) for error in errors} <= {Deleted, type(None)}
    assert errors[-1] is None
    assert store.objects == {}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 12), orders)
def test_a_sweep_never_takes_what_is_about_to_be_named(killed_at: int, order: list[int]) -> None:
    store, archive = conversation()
    before = set(part_keys(store))
    # A writer died between its part and the object, long ago; now the same message is sent again.
    stored = {key: value for key, value in store.objects.items() if "/part-" not in key}
    again = speaker(100, BEFORE - 1, 900, archive, stale=True)
    again()
    left_behind = set(part_keys(store)) - before
    store.objects |= stored
    store.ages |= dict.fromkeys(left_behind, 10_000.0)
    acts: list[Callable[[], object]] = [
        speaker(100, BEFORE - 1, 900, Archive(store, LIMIT), stale=False),
        partial(archive.sweep, ALICE, ROME),
        partial(archive.sweep, ALICE, ROME),
    ]
    assert not any(play(acts, [*[1] * killed_at, *order]))
    check(store, [identity(number) for number in [*range(BEFORE), 100]])
    assert left_behind
    assert all(key.startswith(folder_of(ALICE, ROME)) for key in part_keys(store))
