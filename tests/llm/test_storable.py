from __future__ import annotations

import pytest

from llm.storable import Cleaner, clean

TEXTS = [
    ("plain", "plain"),
    ("Grüße, 你好, 😀", "Grüße, 你好, 😀"),
    ("a\0b", "a�b"),
    ("\ud83d\ude00", "😀"),
    ("\ud83dx", "�x"),
    ("x\ude00", "x�"),
    ("\ude00\ud83d", "��"),
    ("\ud83d\ud83d\ude00", "�😀"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "storable"), TEXTS)
def test_text_is_storable_whole_and_in_pieces(text: str, storable: str) -> None:
    assert clean(text) == storable
    cleaner = Cleaner()
    assert "".join([cleaner.feed(char) for char in text] + [cleaner.rest()]) == storable


def test_half_a_pair_waits_for_the_other_half() -> None:
    cleaner = Cleaner()
    assert cleaner.feed("Hi \ud83d") == "Hi "
    assert cleaner.feed("\ude00!") == "😀!"
    assert cleaner.rest() == ""
