"""A process that could not see for a while calls nobody dead."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.conf import settings

from conversations import health


@dataclass
class Clock:
    now: float = 1_000_000.0

    def time(self) -> float:
        return self.now

    def look(self, *pauses: float) -> None:
        for pause in pauses:
            self.now += pause
            health.looked()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(settings, "REPLY_STALE_SECONDS", 15)
    clock = Clock()
    monkeypatch.setattr(health, "time", clock)
    monkeypatch.setattr(health, "_first_look", 0.0)
    monkeypatch.setattr(health, "_last_look", 0.0)
    return clock


def test_it_sees_clearly_after_looking_for_as_long_as_a_heartbeat_may_take(clock: Clock) -> None:
    assert not health.sees_clearly()
    clock.look(0, 5, 5)
    assert not health.sees_clearly()
    clock.look(5)
    assert health.sees_clearly()


@pytest.mark.parametrize("away", [60.0, -60.0])
def test_after_a_sleep_or_a_jump_of_the_clock_it_begins_again(clock: Clock, away: float) -> None:
    clock.look(0, 5, 5, 5)
    clock.now += away
    assert not health.sees_clearly()
    clock.look(0, 5, 5)
    assert not health.sees_clearly()
    clock.look(5)
    assert health.sees_clearly()


def test_after_a_time_without_the_database_it_begins_again(clock: Clock) -> None:
    clock.look(0, 5, 5, 5)
    health.could_not_look()
    assert not health.sees_clearly()
    clock.look(5, 5, 5)
    assert not health.sees_clearly()
    clock.look(5)
    assert health.sees_clearly()
