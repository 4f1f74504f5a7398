from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from conversations.facets import Part
from conversations.message import Message
from conversations.transcript import NewerSchema, Taken, Transcript, Unreadable
from tests.conversations.documents import CONVERSATION, IDS, NOON, OWNER, transcripts

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/transcript.schema.json").read_text())
LATER = NOON + timedelta(minutes=1)


def transcript() -> Transcript:
    return Transcript.new(UUID(CONVERSATION), UUID(OWNER), "alice", "google/gemma-2-9b-it", NOON)


def said(number: int, parent: int | None = None, text: str = "Why?", **more: Any) -> Message:
    above = None if parent is None else IDS[parent]
    created = NOON + timedelta(seconds=number)
    return Message(IDS[number], role="user", text=text, parent=above, created_at=created, **more)


def answer(number: int, parent: int, **more: Any) -> Message:
    created = NOON + timedelta(seconds=number)
    return Message(IDS[number], role="assistant", text="So.", parent=IDS[parent], created_at=created, **more)


def ids(messages: list[Message]) -> list[int]:
    return [IDS.index(message.id) for message in messages]


def edited(**changes: Any) -> bytes:
    return json.dumps(json.loads(transcript().to_json()) | changes).encode()


def test_the_json_is_exactly_what_the_format_says() -> None:
    one = transcript()
    one.add(said(0))
    one.add(answer(1, 0, model="google/gemma-2-9b-it", backend="huggingface", finish="stop"))
    one.set_current(IDS[1], LATER)
    raw = json.loads(one.to_json())
    assert " ".join(raw) == (
        "schema id owner title title_by created_at updated_at flags settings current changed messages amended parts"
    )
    assert " ".join(raw["settings"]) == (
        "model system_prompt temperature top_p max_tokens frequency_penalty presence_penalty stop seed"
    )
    asked, answered = raw["messages"]
    assert " ".join(asked) == "id rev parent role text created_at"
    assert " ".join(answered) == (
        "id rev parent role text created_at reasoning model backend finish error usage timing_ms rating"
    )
    assert raw["created_at"] == "2026-11-20T12:00:00.000Z"
    assert raw["changed"]["current"] == "2026-11-20T12:01:00.000Z"
    assert raw["updated_at"] == "2026-11-20T12:00:01.000Z"
    assert (raw["flags"], raw["owner"]) == (
        {"pinned": False, "archived": False, "tags": []},
        {"id": OWNER, "username": "alice"},
    )


def test_a_person_can_read_it() -> None:
    one = transcript()
    one.set_title("Größe 東京 🙂", "user", NOON)
    assert '\n "title": "Größe 東京 🙂",\n'.encode() in one.to_json()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(transcripts())
def test_whatever_is_written_follows_the_schema_and_comes_back(one: Transcript) -> None:
    written = one.to_json()
    Draft202012Validator(SCHEMA).validate(json.loads(written))
    assert Transcript.from_json(written) == one
    assert Transcript.from_json(written).to_json() == written


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert not Draft202012Validator(SCHEMA).is_valid(json.loads(edited(title=None)))


def test_unknown_keys_are_kept_wherever_they_are() -> None:
    one = transcript()
    one.add(said(0))
    raw = json.loads(one.to_json())
    places = [raw, raw["owner"], raw["flags"], raw["settings"], raw["changed"], raw["messages"][0]]
    for place in places:
        place["of tomorrow"] = {"deep": [1, None, "é"]}
    again = Transcript.from_json(json.dumps(raw).encode())
    again.set_flags(LATER, pinned=True)
    again.set_settings(LATER, temperature=0.5)
    again.revise(IDS[0], rating={"value": "good"})
    kept = json.loads(again.to_json())
    places = [kept, kept["owner"], kept["flags"], kept["settings"], kept["changed"], kept["messages"][0]]
    assert [place["of tomorrow"] for place in places] == [{"deep": [1, None, "é"]}] * 6
    assert kept["messages"][0]["rating"] == {"value": "good"}


def test_what_cannot_be_stored_becomes_the_replacement_character() -> None:
    one = transcript()
    one.add(said(0, text="a\0b\ud83dc"))
    one.set_title("x\ud800y\0z", "user", NOON)
    again = Transcript.from_json(one.to_json())
    assert (again.messages[IDS[0]].text, again.title) == ("a\ufffdb\ufffdc", "x\ufffdy\ufffdz")
    foreign = Transcript.from_json(edited(title="a\0b\ud800 🙂"))
    assert foreign.title == "a\ufffdb\ufffd 🙂"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "a list, not an object"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"schema": NaN}', "not a number"),
        (b'{"schema": 1e999}', "not a number"),
        (b'{"schema": ' + b"9" * 5000 + b"}", "too long"),
        (b'{"schema": 1}', "has no id"),
        (edited(schema="1"), "schema should be a whole number, not the text '1'"),
        (edited(id="../../etc"), "transcript.id should be a UUID"),
        (edited(title=7), "transcript.title should be text, not a number"),
        (edited(created_at="yesterday"), "should be a time"),
        (edited(created_at="9999-12-31T23:59:59.999Z"), "should be a time"),
        (edited(flags={"pinned": 1}), "transcript.flags.pinned should be true or false"),
        (edited(settings={"seed": True}), "transcript.settings.seed should be a whole number"),
        (edited(messages={}), "transcript.messages should be a list, not an object"),
        (edited(messages=[said(0).raw(), said(0).raw()]), "two messages have one id"),
        (edited(messages=[said(0).raw() | {"role": "tool"}]), r"messages\[0\].role should be one of user"),
        (edited(messages=[said(0).raw() | {"text": None}]), r"messages\[0\].text should be text, not null"),
        (edited(amended={"x": {}}), "amended should be a UUID"),
        (edited(more=json.loads("[" * 60 + "]" * 60)), "nested too deeply"),
    ],
)
def test_what_is_no_transcript_is_unreadable_and_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        Transcript.from_json(data)


def test_a_newer_schema_is_told_apart() -> None:
    with pytest.raises(NewerSchema, match="schema 2"):
        Transcript.from_json(b'{"schema": 2}')


def test_keys_that_are_not_needed_may_be_missing() -> None:
    raw = json.loads(transcript().to_json())
    few = {key: raw[key] for key in ("schema", "id", "owner", "created_at", "messages")}
    few["created_at"] = "2026-11-20T13:00:00+01:00"
    one = Transcript.from_json(json.dumps(few).encode())
    assert one.created_at == one.updated_at == one.changed.title == NOON


def test_a_path_goes_from_the_root_to_the_leaf() -> None:
    one = transcript()
    for message in (said(0), answer(1, 0), said(2, 1), answer(3, 0)):
        one.add(message)
    assert ids(one.path(IDS[2])) == [0, 1, 2]
    assert ids(one.path(UUID(IDS[3]))) == [0, 3]
    assert one.path(None) == one.path(IDS[7]) == []
    assert ids(one.children(None)) == [0]
    assert ids(one.children(IDS[0])) == [1, 3]


def test_the_page_ends_at_current_or_at_what_was_said_last() -> None:
    one = transcript()
    assert one.leaf is None
    one.add(said(0))
    one.add(answer(1, 0))
    one.set_current(IDS[0], LATER)
    assert one.leaf == IDS[0]
    one.set_current(IDS[5], LATER)
    assert one.leaf == IDS[1]


def test_a_message_stands_after_its_parent_whatever_the_clocks_said() -> None:
    one = transcript()
    one.add(answer(0, 5))
    one.add(said(5))
    one.add(answer(2, 0))
    assert ids(one.ordered()) == [5, 0, 2]


def test_a_parent_that_is_nowhere_makes_a_root_and_one_in_a_part_does_not() -> None:
    one = transcript()
    one.add(answer(1, 6))
    one.add(answer(2, 7))
    one.parts = [Part(f"{CONVERSATION}/part-0-aa.json", hinges=[IDS[7]])]
    assert (one.knows(IDS[6]), one.knows(IDS[7]), one.knows(IDS[1])) == (False, True, True)
    assert ids(one.children(None)) == [1]
    assert ids(one.children(IDS[7])) == [2]


def test_a_circle_of_parents_ends() -> None:
    one = Transcript.from_json(edited(messages=[said(0, 2).raw(), said(1, 0).raw(), said(2, 1).raw()]))
    assert ids(one.path(IDS[2])) == [0, 1, 2]
    assert Transcript.from_json(one.to_json()).to_json() == one.to_json()
    assert one.leaf is not None


def test_ten_thousand_messages_in_a_row_are_walked_at_once() -> None:
    one = transcript()
    above = None
    for number in range(10_000):
        message = Message(
            str(UUID(int=number)), role="user", text="and?", parent=above, created_at=NOON - timedelta(number)
        )
        one.add(message)
        above = message.id
    began = perf_counter()
    again = Transcript.from_json(one.to_json())
    assert len(again.path(above)) == len(again.ordered()) == 10_000
    assert all(again.children(message.id) for message in again.ordered()[:100])
    assert perf_counter() - began < 5


def test_adding_a_message_again_changes_nothing_and_another_text_is_refused() -> None:
    one = transcript()
    one.add(said(0, text="Why?"))
    one.add(said(0, text="Why?"))
    for other in (said(0, text="Why not?"), said(0, 1, text="Why?"), answer(0, 1)):
        with pytest.raises(Taken):
            one.add(other)
    assert one.messages[IDS[0]].text == "Why?"


def test_of_two_states_of_a_reply_the_fuller_stays() -> None:
    one = transcript()
    whole = answer(1, 0, finish="stop")
    cut = Message(IDS[1], role="assistant", text="S", parent=IDS[0], created_at=NOON, finish="interrupted")
    for first, second in ((whole, cut), (cut, whole)):
        one.messages.clear()
        one.add(first)
        one.add(second)
        assert one.messages[IDS[1]] == whole


def test_only_the_user_renames_what_the_user_has_named() -> None:
    one = transcript()
    assert one.set_title("Words", "fallback", NOON)
    assert one.set_title("Weekend in Rome", "model", NOON)
    assert one.set_title("Mine", "user", NOON)
    assert not one.set_title("Weekend in Rome", "model", LATER)
    assert (one.title, one.title_by) == ("Mine", "user")
    assert one.set_title("Mine too", "user", LATER)


def test_a_later_change_is_later_even_by_a_clock_that_runs_behind() -> None:
    one = transcript()
    one.set_title("One", "user", LATER)
    one.set_title("Two", "user", NOON)
    assert one.changed.title == LATER + timedelta(milliseconds=1)


def test_a_time_without_its_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="zone"):
        Message(IDS[0], role="user", text="", created_at=datetime(2026, 1, 1))
    assert said(0).created_at.tzinfo is UTC


def test_messages_written_one_by_one_are_written_like_the_whole() -> None:
    one = transcript()
    one.extra["note"] = {"messages": []}
    one.set_title('\n "messages": []', "user", NOON)
    one.add(said(0, text='\n "messages": []\n \ud83d\0'))
    one.add(answer(1, 0, extra={"messages": []}))
    data = one.to_json()
    assert data == (json.dumps(json.loads(data), ensure_ascii=False, indent=1) + "\n").encode()
    assert Transcript.from_json(data).to_json() == data
