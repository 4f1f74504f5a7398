from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.facets import Part
from conversations.merge import merge
from conversations.message import Message
from conversations.transcript import Transcript
from tests.conversations.documents import CONVERSATION, IDS, NOON, OWNER, PARTS, transcripts

LATER = NOON + timedelta(seconds=1)
quickly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def held_by(*versions: Transcript) -> dict[str, Message]:
    return {key: message for one in versions for part in one.parts for key, message in PARTS[part.key].items()}


def met(ours: Transcript, theirs: Transcript) -> Transcript:
    return merge(ours, theirs, held_by(ours, theirs))


@quickly
@given(transcripts(), transcripts())
def test_it_does_not_matter_whose_version_comes_first(ours: Transcript, theirs: Transcript) -> None:
    assert met(ours, theirs).to_json() == met(theirs, ours).to_json()


@quickly
@given(transcripts(), transcripts(), transcripts())
def test_it_does_not_matter_which_two_meet_first(a: Transcript, b: Transcript, c: Transcript) -> None:
    assert met(met(a, b), c).to_json() == met(a, met(b, c)).to_json()


@quickly
@given(transcripts(), transcripts())
def test_merging_again_changes_nothing(ours: Transcript, theirs: Transcript) -> None:
    once = met(ours, theirs)
    assert met(ours, ours).to_json() == ours.to_json()
    for again in (met(once, once), met(once, ours), met(theirs, once)):
        assert again.to_json() == once.to_json()


@quickly
@given(transcripts(), transcripts())
def test_nothing_is_lost(ours: Transcript, theirs: Transcript) -> None:
    merged = met(ours, theirs)
    held = held_by(merged)
    for message in [*ours.messages.values(), *theirs.messages.values()]:
        if message.id in held:
            assert message.id not in merged.messages
            assert message.rank <= held[message.id].rank or merged.amended[message.id]["rev"] >= message.rev
        else:
            assert merged.messages[message.id].rank >= message.rank
    for version in (ours, theirs):
        assert {part.key for part in version.parts} <= {part.key for part in merged.parts}
        assert version.extra.keys() <= merged.extra.keys()
        assert version.amended.keys() <= merged.amended.keys()


@quickly
@given(transcripts(), transcripts())
def test_the_merged_version_survives_the_store(ours: Transcript, theirs: Transcript) -> None:
    merged = met(ours, theirs)
    assert Transcript.from_json(merged.to_json()).to_json() == merged.to_json()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(transcripts(), min_size=3, max_size=4))
def test_any_order_of_writers_gives_the_same_result(versions: list[Transcript]) -> None:
    results = set()
    for order in permutations(versions):
        merged = order[0]
        for version in order[1:]:
            merged = met(merged, version)
        results.add(merged.to_json())
    assert len(results) == 1


def transcript() -> Transcript:
    return Transcript.new(CONVERSATION, OWNER, "alice", "some/model", NOON)


def question(id: str, text: str = "Why?", rev: int = 1) -> Message:  # noqa: A002
    return Message(id, role="user", text=text, created_at=NOON, rev=rev)


def test_both_writers_messages_stay() -> None:
    ours, theirs = transcript(), transcript()
    ours.add(question(IDS[0]))
    theirs.add(question(IDS[1]))
    assert merge(ours, theirs).messages.keys() == {IDS[0], IDS[1]}


def test_the_higher_revision_wins_whole_and_on_equal_ones_the_longer_text() -> None:
    ours, theirs = transcript(), transcript()
    ours.add(question(IDS[0], "a long text that was replaced"))
    theirs.add(question(IDS[0], "short", rev=2))
    ours.add(question(IDS[1], "half of"))
    theirs.add(question(IDS[1], "half of it"))
    merged = merge(ours, theirs)
    assert [merged.messages[id].text for id in IDS[:2]] == ["short", "half of it"]  # noqa: A001


def test_what_is_set_as_a_whole_goes_by_its_own_time() -> None:
    ours, theirs = transcript(), transcript()
    ours.set_title("Rome", "model", LATER)
    theirs.set_title("Roma", "model", LATER + timedelta(seconds=1))
    ours.set_flags(LATER + timedelta(seconds=2), pinned=True)
    theirs.set_flags(LATER, archived=True)
    theirs.set_settings(LATER, temperature=0.2)
    ours.set_current(IDS[0], LATER)
    merged = merge(ours, theirs)
    assert (merged.title, merged.current, merged.settings.temperature) == ("Roma", IDS[0], 0.2)
    assert (merged.flags.pinned, merged.flags.archived) == (True, False)


def test_no_later_title_of_a_model_replaces_the_users() -> None:
    ours, theirs = transcript(), transcript()
    ours.set_title("Mine", "user", LATER)
    theirs.set_title("Weekend in Rome", "model", LATER + timedelta(seconds=9))
    assert merge(ours, theirs).title == merge(theirs, ours).title == "Mine"


def test_a_message_that_a_part_holds_is_never_put_back() -> None:
    stale, split = transcript(), transcript()
    for id in IDS[:3]:  # noqa: A001
        stale.add(question(id))
    stale.revise(IDS[1], rating={"value": "good"})
    split.add(question(IDS[3]))
    split.parts = [Part(f"{CONVERSATION}/part-0-aa.json", count=3, hinges=[IDS[0]])]
    merged = merge(stale, split, {id: question(id) for id in IDS[:3]})  # noqa: A001
    assert merged.messages.keys() == {IDS[3]}
    assert merged.amended.keys() == {IDS[1]}
    assert merged.amended[IDS[1]]["rating"] == {"value": "good"}


def test_versions_of_two_conversations_are_never_merged() -> None:
    for other in (replace(transcript(), id=IDS[0]), Transcript.new(CONVERSATION, IDS[1], "bob", None, NOON)):
        with pytest.raises(ValueError, match="one conversation"):
            merge(transcript(), other)
