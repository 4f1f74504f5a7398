"""Whatever many do to one conversation at the same time, request by request in any order, it ends as it has to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.archive import Archive, Deleted, Opened
from conversations.document import Unreadable
from conversations.transcript import Transcript
from tests.conversations.long import ALICE, NOON, ROME, check, identity, opened, part_keys, said, talk
from tests.conversations.memory import SharedStore, play

LIMIT = 6000
BEFORE = 12
Act = Callable[[], object]
orders = st.lists(st.integers(0, 6), max_size=80)


def examples(number: int) -> settings:
    return settings(max_examples=number, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass
class Cast:
    """Those who do something, each in a process of their own, and what must be there in the end."""

    store: SharedStore
    kinds: list[str]
    places: list[int]

    def acts(self) -> list[Act]:
        return [
            getattr(self, kind)(Archive(self.store, LIMIT), number, place)
            for number, (kind, place) in enumerate(zip(self.kinds, self.places, strict=True))
        ]

    @property
    def expected(self) -> list[str]:
        spoken = [100 + number for number, kind in enumerate(self.kinds) if kind.startswith("speaks")]
        return [identity(number) for number in [*range(BEFORE), *spoken]]

    def speaks(self, archive: Archive, number: int, place: int) -> Act:
        return lambda: archive.change(ALICE, ROME, partial(self.say, archive, number, place))

    def speaks_late(self, archive: Archive, number: int, place: int) -> Act:
        """Has opened the conversation before anybody did anything."""
        found = self.found(archive)
        self.say(archive, number, place, found.transcript)
        return lambda: archive.save(found)

    def speaks_from_memory(self, archive: Archive, number: int, place: int) -> Act:
        act = partial(self.say, archive, number, place)
        tag = self.found(archive).tag

        def speak() -> None:
            remembered = archive.load(ALICE, ROME, since=tag)
            if remembered is None:
                raise Deleted
            act(remembered.transcript)
            archive.save(remembered, act)

        return speak

    def rates_late(self, archive: Archive, number: int, place: int) -> Act:
        found = self.found(archive)
        rating = {"value": "good", "comment": str(number), "at": None}
        archive.revise(found.transcript, identity(place), NOON, rating=rating)
        return lambda: archive.save(found)

    def renames_late(self, archive: Archive, number: int, place: int) -> Act:
        found = self.found(archive)
        found.transcript.set_title(f"Title {number}", "user", NOON + timedelta(minutes=place))
        return lambda: archive.save(found)

    def sweeps(self, archive: Archive, number: int, place: int) -> Act:
        return lambda: archive.sweep(ALICE, ROME)

    def reads(self, archive: Archive, number: int, place: int) -> Act:
        """All that was there before is there, at every moment."""

        def read() -> None:
            found = self.found(archive)
            assert archive.whole(found.transcript).messages.keys() >= set(map(identity, range(BEFORE)))
            assert archive.path(found.transcript, identity(place))[0].parent is None

        return read

    def found(self, archive: Archive) -> Opened:
        found = archive.load(ALICE, ROME)
        if found is None:
            raise Deleted
        return found

    def say(self, archive: Archive, number: int, place: int, transcript: Transcript) -> None:
        if not archive.knows(transcript, identity(place)):
            raise Deleted
        message = said(100 + number, place, "word " * [40, 900][place % 2])
        archive.add(transcript, message)
        transcript.set_current(message.id, message.created_at)


LATE = ["speaks_late", "rates_late", "renames_late"]
EVERYBODY = [*LATE, "speaks", "speaks_from_memory", "sweeps", "reads"]


@st.composite
def casts(draw: st.DrawFn, kinds: list[str]) -> Cast:
    store = SharedStore()
    Archive(store, LIMIT).create(talk(BEFORE))
    drawn = draw(st.lists(st.sampled_from(kinds), min_size=2, max_size=5))
    return Cast(store, drawn, [draw(st.integers(0, BEFORE - 1)) for _ in drawn])


@examples(100)
@given(casts(EVERYBODY), orders)
def test_every_message_is_there_once_in_one_tree(cast: Cast, order: list[int]) -> None:
    assert play(cast.acts(), order) == [None] * len(cast.kinds)
    check(cast.store, cast.expected)
    archive = Archive(cast.store, LIMIT)
    rated = {place for kind, place in zip(cast.kinds, cast.places, strict=True) if kind == "rates_late"}
    for place in range(BEFORE):
        message = archive.message(opened(archive), identity(place))
        assert message
        assert bool(message.rating) == (place in rated)
    archive.sweep(ALICE, ROME, 0)
    check(cast.store, cast.expected)
    assert len(part_keys(cast.store)) == len(opened(archive).parts)


@examples(40)
@given(casts(LATE), orders, orders)
def test_who_was_first_makes_no_difference(cast: Cast, one: list[int], other: list[int]) -> None:
    """To those who have opened the same version. Of what is set as a whole, the latest by the clock stays."""
    before, results = dict(cast.store.objects), set()
    for order in (one, other):
        cast.store.objects = dict(before)
        assert not any(play(cast.acts(), order))
        archive = Archive(cast.store, LIMIT)
        results.add(archive.whole(opened(archive)).to_json())
    assert len(results) == 1


@examples(80)
@given(casts(EVERYBODY), orders, st.integers(1, 2))
def test_a_deletion_at_any_moment_is_the_end(cast: Cast, order: list[int], deletions: int) -> None:
    deletes = partial(Archive(cast.store, LIMIT).delete, ALICE, ROME)
    errors = play([*cast.acts(), *[deletes] * deletions], order)
    assert errors[-deletions:] == [None] * deletions
    # A reader may come between the object and its parts.
    assert {type(error) for error in errors} <= {type(None), Deleted, Unreadable}
    assert cast.store.objects == {}


@examples(40)
@given(st.lists(st.sampled_from([1, 3, 30]), min_size=2, max_size=3), orders)
def test_those_who_begin_one_conversation_at_once_all_begin_it(lengths: list[int], order: list[int]) -> None:
    store, acts = SharedStore(), []
    expected: list[str] = []
    for number, length in enumerate(lengths):
        whole = talk(0)
        for place in range(length):
            whole.add(said(100 * number + place, 100 * number + place - 1 if place else None))
        expected += whole.messages
        acts.append(partial(Archive(store, LIMIT).create, whole))
    assert play(acts, order) == [None] * len(acts)
    check(store, expected)
