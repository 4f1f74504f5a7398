from __future__ import annotations

import random

import pytest

from llm.thinking import Splitter

REPLIES = [
    ("<think>Two and two.</think>\n\nFour.", "Two and two.", "Four."),
    ("\n <think>\nTwo\n</think>Four.", "Two\n", "Four."),
    ("<thinking>a</thinking><think>b</think> c", "ab", "c"),
    ("<THINK>a</THINK>b", "a", "b"),
    ("[THINK]a[/THINK]b", "a", "b"),
    ("◁think▷a◁/think▷b", "a", "b"),
    ("<think>never closed", "never closed", ""),
    ("<think></think>Hi", "", "Hi"),
    ("<think>a < b </ think></think>c", "a < b </ think>", "c"),
    ("Use the <think> tag.</think>", "", "Use the <think> tag.</think>"),
    ("  Indented", "", "  Indented"),
    ("<thing>is no tag", "", "<thing>is no tag"),
    ("<thin", "", "<thin"),
    ("<think>a</thi", "a</thi", ""),
    ("<think>a</think>  <thi", "a", "<thi"),
    ("```\n<think>x</think>\n```", "", "```\n<think>x</think>\n```"),
    # Of which the small letter is two characters.
    ("<think>İstanbul İzmir</think>Merhaba", "İstanbul İzmir", "Merhaba"),
    ("", "", ""),
    (" \n", "", " \n"),
]


def split(pieces: list[str]) -> tuple[str, str]:
    splitter = Splitter()
    parts = [splitter.feed(piece) for piece in pieces] + [splitter.rest()]
    return "".join(part[0] for part in parts), "".join(part[1] for part in parts)


@pytest.mark.parametrize(("reply", "reasoning", "text"), REPLIES)
def test_thinking_and_answer_are_the_same_however_the_reply_is_cut(reply: str, reasoning: str, text: str) -> None:
    chance = random.Random(reply)
    assert split([reply]) == (reasoning, text)
    assert split(list(reply)) == (reasoning, text)
    for _ in range(30):
        cuts = sorted(chance.randrange(len(reply) + 1) for _ in range(4))
        pieces = [reply[start:end] for start, end in zip([0, *cuts], [*cuts, len(reply)], strict=True)]
        assert split(pieces) == (reasoning, text)


def test_an_answer_is_not_held_back() -> None:
    splitter = Splitter()
    assert splitter.feed("Hello") == ("", "Hello")
    assert splitter.feed(" <think") == ("", " <think")


def test_thinking_is_shown_while_it_comes() -> None:
    splitter = Splitter()
    assert splitter.feed("<think>One") == ("One", "")
    assert splitter.feed(" two") == (" two", "")
