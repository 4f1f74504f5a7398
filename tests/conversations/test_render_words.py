"""Words that are only added to what is shown look as if all of it had been drawn again."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations import render

NEVER = re.compile(r"(?!)")
PIECES = [
    *["word", " word", "wor", "ds ", "a ", " the end.", " one, two;", "www", "http", "mail", " é", " 東京", "x", " "],
    *["\n", "\n\n", "- ", "1. ", "> ", "# ", "    ", "*", "**", "_", "`", "```\n", "$", "[", "](", "]", ")", "]: "],
    *["[^1]", "[a]: ", "[^1]: ", ".com", "://", "@", "|", "|---|", "<", "&", "\\", "~~", ":", "!", "  \n", "\r\n"],
    *["===", "---"],
]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(PIECES), min_size=2, max_size=40))
def test_words_that_follow_words_change_nothing_else(pieces: list[str]) -> None:
    quick, thorough = render.BlockRenderer("m1"), render.BlockRenderer("m1")
    for piece in pieces:
        for renderer in (quick, thorough):
            renderer.feed(piece)
        quick.render()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(render, "PLAIN", NEVER)
            thorough.render()
        assert quick.blocks == thorough.blocks
        assert quick.shown == thorough.shown


def test_words_that_follow_words_are_not_drawn_again() -> None:
    renderer = render.BlockRenderer("m1")
    renderer.feed("It was the best of times,\nit was the")
    renderer.render()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(render, "_parse", None)
        renderer.feed(" worst of times")
        assert renderer.render() == [0]
    text = "It was the best of times,\nit was the worst of times"
    assert renderer.blocks == [f'<div class="block"><p dir="auto">{text}</p></div>']
