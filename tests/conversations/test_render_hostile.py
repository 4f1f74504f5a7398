"""No text of 50 kB keeps a process busy, and none brings it down."""

import inspect
import subprocess
import sys

import pytest

from conversations import render
from tests.conversations import hostile


@pytest.mark.parametrize(("way", "children"), [("whole", 2), ("in_pieces", 3)])
def test_hostile_texts_are_drawn_in_a_few_seconds_of_cpu(way: str, children: int) -> None:
    drawn = ""
    for first in range(children):
        command = [sys.executable, "-m", "tests.conversations.hostile", way, str(first), str(children)]
        child = subprocess.run(command, capture_output=True, text=True, check=False)
        assert child.returncode == 0, f"after {child.stdout.splitlines()[-1:]}: {child.stderr[-500:]}"
        drawn += child.stdout
    assert drawn.count("\n") == len(hostile.TEXTS) >= 20


def test_what_the_parser_cannot_read_is_shown_as_it_was_typed() -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 60)
    try:
        rendered = render.html("> " * 30 + "**x** <b>", "m1")
    finally:
        sys.setrecursionlimit(before)
    assert rendered == f'<div class="block"><pre class="plain" tabindex="0">{"&gt; " * 30}**x** &lt;b&gt;</pre></div>'
