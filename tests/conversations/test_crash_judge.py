"""The judge of what crashes may cost."""

from __future__ import annotations

import pytest

from tests.crashes.promises import of_reply
from tests.crashes.readers import Asked


@pytest.mark.parametrize(
    ("kept", "lost"), [(40, []), (10, []), (9, ["lost: t1 (no crash) has lost 1 characters shown"])]
)
def test_a_reply_that_died_twice_may_have_lost_the_last_second_before_each(kept: int, lost: list[str]) -> None:
    one = Asked("Question t1 ?", "x" * 100, reply="r", asked_at=0.5, left_at=20.0)
    one.shown = [(1.0, 10), (4.5, 40), (8.0, 10), (11.5, 45)]
    reply = {"parent": one.message, "text": "x" * kept, "finish": "interrupted"}
    found = of_reply(one, reply, {5.0: 4.0, 12.0: 11.0})
    assert [str(broken).partition(" a second")[0] for broken in found] == lost


@pytest.mark.parametrize(("asked_at", "lost"), [(4.9, False), (5.01, True)])
def test_what_is_read_only_when_its_process_is_dead_was_not_safe(asked_at: float, lost: bool) -> None:
    one = Asked("Question t1 ?", "x" * 100, reply="r", asked_at=asked_at, left_at=5.04)
    one.shown = [(5.02, 11)]
    reply = {"parent": one.message, "text": "", "finish": "interrupted"}
    assert bool(list(of_reply(one, reply, {5.0: 4.0}))) == lost
