"""Which messages are fetched at all, before it is seen which fit."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from llm.backends.base import Message
from llm.context import fit, reach

roles = st.sampled_from(["user", "assistant", "assistant"])
talks = st.lists(st.tuples(roles, st.sampled_from([0, 10, 100, 300]), st.sampled_from(["stop", "failed"])), max_size=12)


@given(talks)
def test_what_is_not_fetched_would_not_have_fitted(drawn: list[tuple[str, int, str]]) -> None:
    messages: list[Message] = [{"role": role, "content": "x" * size, "finish": finish} for role, size, finish in drawn]
    messages.append({"role": "user", "content": "And now?"})
    fetched = reach(reversed(messages), tokens=100)
    assert messages[-len(fetched) :] == fetched
    assert fit(fetched, tokens=100).messages == fit(messages, tokens=100).messages


def test_no_more_is_fetched_than_could_fit() -> None:
    fetched = 0

    def without_end() -> Iterator[Message]:
        nonlocal fetched
        while True:
            fetched += 1
            yield {"role": "user", "content": "x" * 1000}

    assert len(reach(without_end())) == fetched < 30
