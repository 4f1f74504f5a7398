"""A reply drawn while it is being written is the reply drawn at the end."""

import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations import render
from tests.conversations.rendered import REPLIES

# In these a link or a note is used before it is defined: only the whole text can show it in its place.
LATE = {"definition-in-the-middle", "footnotes", "reference-links"}


def blocks_of(rendered: str) -> list[str]:
    return re.findall(r'<div class="block">.*?(?=<div class="block">|\Z)', rendered, re.DOTALL)


def drawn(renderer: render.BlockRenderer) -> list[str]:
    """The blocks once all that was fed is shown, without those at the end that wait for content."""
    while renderer.shown < len(renderer.text):
        renderer.render()
    return without_empty_end(renderer.blocks)


def without_empty_end(blocks: list[str]) -> list[str]:
    blocks = list(blocks)
    while blocks and blocks[-1] == '<div class="block"></div>':
        blocks.pop()
    return blocks


@pytest.mark.parametrize("name", REPLIES)
def test_every_beginning_of_a_reply_is_drawn_as_the_whole_of_it(name: str) -> None:
    text = REPLIES[name]
    renderer = render.BlockRenderer("m1")
    for end, character in enumerate(text, start=1):
        renderer.feed(character)
        renderer.render()
        if name not in LATE and (end % 4 == 0 or end == len(text)):
            assert drawn(renderer) == without_empty_end(blocks_of(render.html(text[:end], "m1"))), text[:end]
    assert renderer.text == text
    assert len(drawn(renderer)) == len(without_empty_end(blocks_of(render.html(text, "m1"))))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(sorted(set(REPLIES) - LATE)), min_size=1, max_size=4), st.randoms())
def test_any_pieces_of_any_replies_come_together(names: list[str], chance: random.Random) -> None:
    text = "\n".join(REPLIES[name] for name in names)
    renderer = render.BlockRenderer("m1")
    start = 0
    while start < len(text):
        end = start + chance.randint(1, 80)
        renderer.feed(text[start:end])
        if chance.random() < 0.7:
            renderer.render()
        start = end
    assert "".join(drawn(renderer)) == render.html(text, "m1")


SIGNS = ["a", "b c", "\n", "\n\n", "- ", "1. ", "> ", "  ", "    ", "```", "`", "$$", "$", "|", "|-|-|\n", "---", "#"]
SIGNS += ["*", "**", "_", "[x]", "(https://e.example)", "\\[", "\\]", "***", "+ ", "=", "\t", "é", "~~~", "- [ ] "]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(SIGNS), max_size=30))
def test_the_blocks_of_any_text_are_those_of_the_whole(pieces: list[str]) -> None:
    renderer = render.BlockRenderer("m1")
    for piece in pieces:
        renderer.feed(piece)
        renderer.render()
    assert drawn(renderer) == without_empty_end(blocks_of(render.html("".join(pieces), "m1")))


def test_render_tells_which_blocks_changed() -> None:
    renderer = render.BlockRenderer("m1")
    assert renderer.render() == []
    renderer.feed("One")
    assert renderer.render() == [0]
    assert renderer.render() == []
    renderer.feed("\n\nTwo")
    assert renderer.render() == [1]
    renderer.feed("\n\n- three\n\nFour")
    assert renderer.render() == [2, 3]
    assert renderer.shown == len(renderer.text) == len("One\n\nTwo\n\n- three\n\nFour")


def test_a_block_that_goes_away_leaves_an_empty_one_for_the_next() -> None:
    renderer = render.BlockRenderer("m1")
    renderer.feed("One\n***")
    assert renderer.render() == [0, 1]
    assert "<hr>" in renderer.blocks[1]
    renderer.feed("bold***")
    assert renderer.render() == [0, 1]
    assert renderer.blocks[1] == '<div class="block"></div>'
    renderer.feed("\n\nTwo")
    assert renderer.render() == [1]
    assert "Two" in renderer.blocks[1]


def test_unfinished_definitions_do_not_stick() -> None:
    renderer = render.BlockRenderer("m1")
    for piece in ("[x]: https://e.exam", "ple/whole\n", "\nSee [x]."):
        renderer.feed(piece)
        renderer.render()
    assert 'href="https://e.example/whole"' in renderer.blocks[1]


def test_a_line_end_may_come_in_two_pieces() -> None:
    renderer = render.BlockRenderer("m1")
    for piece in ("- a\r", "\n- b\r", "\n\r", "\nc"):
        renderer.feed(piece)
        renderer.render()
    assert renderer.text == "- a\r\n- b\r\n\r\nc"
    assert "".join(renderer.blocks) == render.html(renderer.text, "m1")


@pytest.mark.parametrize(
    "line",
    [
        "Some words of a paragraph, a **bold** one, and then `code`.\n\n",
        "- An item of a long list with **bold** words and `code`.\n",
        "| a cell | another **cell** | `code` |\n",
        "    print('one line of code')  # with a comment\n",
        "words of one paragraph that never ends, ",
        "> a quote that goes on and on\n",
    ],
)
def test_a_long_reply_costs_little_however_often_it_is_drawn(line: str) -> None:
    start = "| a | b | c |\n|---|---|---|\n" if line.startswith("|") else "```python\n" if line.startswith(" ") else ""
    text = start + line * (20_000 // len(line))
    renderer = render.BlockRenderer("m1")
    before = time.process_time()
    for position in range(0, len(text), 40):
        renderer.feed(text[position : position + 40])
        renderer.render()
    assert time.process_time() - before < 3  # it takes half of that, on a slow machine
    assert drawn(renderer) == without_empty_end(blocks_of(render.html(text, "m1")))
