"""Where a reply ends before its model does."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm import Chunk, Usage, errors
from llm.continuing import Repeated, continued
from llm.stopping import Stops, clipped

pieces = st.lists(st.text("ab.\n", max_size=3), max_size=12)
strings = st.lists(st.text("ab.\n", max_size=3), max_size=3)


@given(pieces, strings)
def test_in_pieces_it_ends_where_it_would_at_once(pieces: list[str], strings: list[str]) -> None:
    text = "".join(pieces)
    ends = [text.find(string) for string in strings if string and string in text]
    stops = Stops(strings)
    assert "".join([*map(stops.feed, pieces), stops.rest()]) == text[: min(ends, default=len(text))]
    assert stops.stopped == bool(ends)


@given(st.text("ab \n", min_size=1, max_size=12), st.text("ab \n", min_size=1, max_size=6))
async def test_what_is_said_once_more_is_joined_without_a_guess(said: str, more: str) -> None:
    repeated = Repeated(said)

    async def reply() -> AsyncGenerator[Chunk, None]:
        for letter in more:
            yield Chunk(text=repeated.feed(letter))
        yield Chunk(finish="stop")

    added = "".join([chunk.text async for chunk in continued(reply(), said)])
    spaced = said != said.rstrip()
    if said.strip() and more.strip():
        assert added == (more.lstrip() if spaced else more)


async def test_a_model_that_talks_on_is_left_and_one_that_ends_is_heard_out() -> None:
    left = []

    async def talk(*chunks: Chunk) -> AsyncGenerator[Chunk, None]:
        try:
            for chunk in chunks:
                yield chunk
        finally:
            left.append(chunk)

    end = Chunk(usage=Usage(1, 2), finish="length")
    said = [Chunk(text="one, "), Chunk(text="two. three")]
    heard = [chunk async for chunk in clipped(talk(*said, end), Stops(["."]))]
    assert heard == [Chunk(text="one, "), Chunk(text="two"), Chunk(usage=Usage(1, 2), finish="stop")]
    heard = [chunk async for chunk in clipped(talk(*said, Chunk(text="four"), end), Stops(["."]))]
    assert heard[-1] == Chunk(finish="stop")
    assert left == [end, Chunk(text="four")]


async def test_what_was_held_back_when_it_broke_off_is_not_lost() -> None:
    async def broken() -> AsyncGenerator[Chunk, None]:
        yield Chunk(text="one E")
        raise errors.Interrupted

    chunks = clipped(broken(), Stops(["END"]))
    assert [(await anext(chunks)).text, (await anext(chunks)).text] == ["one ", "E"]
    with pytest.raises(errors.Interrupted):
        await anext(chunks)
