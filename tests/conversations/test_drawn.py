"""The HTML that is remembered."""

from __future__ import annotations

from conversations import render
from conversations.drawn import Drawn

LONG = "a *long* text " * 20


def test_what_was_drawn_before_is_the_same_again() -> None:
    drawn = Drawn()
    assert drawn.html(LONG, "x") == render.html(LONG, "x")
    assert drawn.html(LONG, "x") is drawn.html(LONG, "x")


def test_footnotes_of_two_messages_with_the_same_text_stay_apart() -> None:
    drawn = Drawn()
    text = "See[^1].\n\n[^1]: There."
    assert 'id="a-fn-1"' in drawn.html(text, "a")
    assert 'id="b-fn-1"' in drawn.html(text, "b")


def test_the_oldest_are_forgotten_and_one_that_is_too_long_is_not_kept() -> None:
    drawn = Drawn(most=3 * len(LONG + render.html(LONG, "x")) + 100)
    first = drawn.html(f"0{LONG}", "x")
    others = [drawn.html(f"{number}{LONG}", "x") for number in range(1, 4)]
    assert drawn.html(f"3{LONG}", "x") is others[-1]
    assert drawn.html(f"0{LONG}", "x") is not first
    huge = drawn.html(LONG * 10, "x")
    assert drawn.html(LONG * 10, "x") is not huge
