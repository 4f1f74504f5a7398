"""The form that says how a model is to answer, and what of it a transcript keeps."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import QueryDict
from django.utils.functional import Promise
from hypothesis import given
from hypothesis import strategies as st

from conversations.tuning import NAMES, TuningForm, initial_of, sampling_of, settings_of
from llm import Sampling

EMPTY = dict.fromkeys(NAMES)
FULL = {
    "system_prompt": "Answer like a pirate.\n  Always.",
    "temperature": 0.7,
    "top_p": 0.9,
    "max_tokens": 500,
    "frequency_penalty": -0.5,
    "presence_penalty": 2.0,
    "stop": ["Human:", "\n\n", " a\\nb"],
    "seed": 42,
    "turns": 10,
}


def saved(fields: dict[str, Any]) -> dict[str, Any]:
    form = TuningForm(fields)
    assert form.is_valid(), form.errors
    return settings_of(form.cleaned_data)


def sent_by_a_page(settings: dict[str, Any]) -> dict[str, Any]:
    """What is kept after somebody has opened the form and saved it as it is."""
    form = TuningForm(initial=initial_of(settings))
    shown = QueryDict(mutable=True)
    for field in form:
        value = field.value()
        shown[field.name] = "" if value is None else str(value).replace("\n", "\r\n")
    return saved(dict(shown.items()))


def test_every_field_is_named_explained_and_may_stay_empty() -> None:
    for field in TuningForm():
        assert isinstance(field.label, Promise)
        assert isinstance(field.help_text, Promise)
        assert str(field.help_text).endswith(".")
        assert not field.field.required
    assert saved({}) == saved(dict.fromkeys(NAMES, "")) == saved(dict.fromkeys(NAMES, " ")) == saved(EMPTY) == EMPTY


def test_a_script_sends_numbers_and_lists() -> None:
    assert saved(FULL) == FULL


def test_a_page_sends_texts() -> None:
    typed = {name: str(value) for name, value in FULL.items()} | {"stop": "Human:\r\n\\n\\n\r\n\r\n a\\\\nb\r\n"}
    assert saved(typed) == FULL


def test_what_the_page_shows_is_what_it_saves() -> None:
    assert sent_by_a_page(FULL) == FULL
    assert sent_by_a_page(EMPTY) == EMPTY


@pytest.mark.parametrize(
    ("typed", "meant"), [("0,7", 0.7), (" 1.5 ", 1.5), ("2", 2.0), (".5", 0.5), ("0", 0.0), (1, 1.0)]
)
def test_a_number_is_read_as_people_write_it(typed: object, meant: float) -> None:
    assert saved({"temperature": typed})["temperature"] == meant


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("temperature", value)
            for value in ("-0.1", "2.1", "nan", "inf", "-inf", "1e999999", "warm", "1,000.5", True)
        ),
        *(("temperature", value) for value in (float("nan"), float("inf"), 10**5000, [1], {"a": 1}, "1" * 10_000)),
        *(("max_tokens", value) for value in ("0", "1000001", "1,000", "1.000", "1.5", 1.5, "1e3", "NaN", False)),
        *(("top_p", value) for value in ("1.01", -1)),
        *((name, value) for name in ("frequency_penalty", "presence_penalty") for value in ("-2.01", "2.01")),
        *(("seed", value) for value in ("-1", 2**31, "x")),
        *(("turns", value) for value in ("0", "1001")),
        *(("stop", value) for value in ("a\nb\nc\nd\ne", "x" * 101, list("abcde"), ["x" * 101], [1], 7, {"a": "b"})),
        *(("system_prompt", value) for value in ("x" * 20_001, 7, ["x"])),
    ],
    ids=lambda value: str(value)[:12] if not isinstance(value, int) or abs(value) < 2**40 else "huge",
)
def test_nonsense_is_refused_in_a_sentence_and_counts_as_empty_in_a_document(name: str, value: object) -> None:
    form = TuningForm({name: value})
    assert not form.is_valid()
    assert list(form.errors) == [name]
    assert str(form.errors[name][0]).endswith(".")
    assert initial_of({name: value}) == EMPTY
    assert sampling_of({name: value}) == {}


def test_the_ends_of_each_range_are_in_it() -> None:
    ends = {"temperature": (0, 2), "top_p": (0, 1), "max_tokens": (1, 1_000_000), "frequency_penalty": (-2, 2)}
    ends |= {"presence_penalty": (-2, 2), "seed": (0, 2**31 - 1), "turns": (1, 1000)}
    for name, both in ends.items():
        for end in both:
            assert saved({name: end})[name] == saved({name: str(end)})[name] == end
    assert saved({"stop": ["x" * 100] * 9})["stop"] == ["x" * 100]


def test_what_nobody_can_store_is_replaced() -> None:
    text, clean = "a\0b\ud800c", "a\ufffdb\ufffdc"
    kept = saved({"system_prompt": text, "stop": [text]})
    assert (kept["system_prompt"], kept["stop"]) == (clean, [clean])
    assert saved({"stop": text})["stop"] == [clean]
    assert sampling_of({"stop": [text]}) == {"stop": (clean,)}


def test_the_model_is_asked_with_what_is_set_and_no_more() -> None:
    assert sampling_of(FULL | {"model": "other", "turns": 3}) == {
        **{name: FULL[name] for name in ("temperature", "top_p", "max_tokens", "frequency_penalty")},
        "presence_penalty": 2.0,
        "stop": ("Human:", "\n\n", " a\\nb"),
        "seed": 42,
    }
    assert Sampling(**sampling_of(FULL)).seed == 42
    assert sampling_of({}) == sampling_of(EMPTY) == sampling_of({"stop": []}) == {}


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab\0\ud800 \n\\05,.-", max_size=8),
    lambda inner: st.lists(inner, max_size=5),
)


@given(st.dictionaries(st.sampled_from(NAMES), values))
def test_whatever_is_sent_or_stands_in_a_document_what_is_kept_is_json_and_stays(fields: dict[str, Any]) -> None:
    kept = initial_of(fields)
    json.dumps(kept, allow_nan=False).encode()
    assert initial_of(kept) == kept
    assert saved(kept) == kept
    form = TuningForm(fields)
    assert form.is_valid() == (not form.errors)


@given(st.lists(st.text("\\n\nab ", max_size=6), max_size=4))
def test_stop_sequences_survive_the_page(stops: list[str]) -> None:
    kept = saved({"stop": stops})["stop"]
    meant = [one for one in kept or [] if one.strip(" ")]
    assert sent_by_a_page({"stop": kept})["stop"] == (meant or None)
