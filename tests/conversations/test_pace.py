"""A process that comes late with drawing replies draws them less often, and returns to its pace."""

from __future__ import annotations

from conversations.live import LATE, LONGEST_INTERVAL, RENDER_INTERVAL, Pace


def test_who_is_in_time_keeps_the_pace() -> None:
    pace = Pace()
    for _ in range(100):
        pace.drawn(LATE / 2)
    assert pace.interval == RENDER_INTERVAL


def test_who_is_late_slows_down_to_once_a_second_and_no_further() -> None:
    pace = Pace()
    for _ in range(1000):
        pace.drawn(2 * LATE)
    assert pace.interval == LONGEST_INTERVAL


def test_who_is_in_time_again_is_soon_as_quick_as_before() -> None:
    pace = Pace()
    for _ in range(1000):
        pace.drawn(2 * LATE)
    for _ in range(500):
        pace.drawn(0.0)
    assert pace.interval == RENDER_INTERVAL
