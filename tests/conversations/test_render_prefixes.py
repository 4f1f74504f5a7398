"""Every beginning of two hundred hostile replies, as a snapshot and as blocks: nothing runs, nothing is fetched."""

from __future__ import annotations

from itertools import product

import pytest

from conversations import render
from tests.conversations.test_render_safety import Elements

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](data:text/html,<script>alert(1)</script>)",
    "![a](https://example.org/a.png?leak)",
    '[a](https://example.org/"onmouseover=alert(1))',
    "<a href='jav&#x09;ascript:alert(1)'>a</a>",
    "</code></pre><iframe src=//example.org>",
    "<style>@import'//example.org'</style>",
    "$\\href{javascript:alert(1)}{x}$",
    "$$\\text{</math><script>alert(1)</script>}$$",
    "[^1]<b onclick=alert(1)>\n\n[^1]: <i onload=alert(1)>",
    '<https://example.org/?"><script>alert(1)</script>',
    "\u202e<script>\u0000alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<details open ontoggle=alert(1)>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--><img src=1 onerror=alert(1)>">',
    "{{7*7}}{% include 'x' %}${alert(1)}",
    "[x]: javascript:alert(1)\n\n[x] [x][] [a][x]",
]
FRAMES = [
    "{}",
    "Text\n\n- {}\n- b",
    "> {}",
    "```html\n{}\n```",
    "| a | b |\n|---|---|\n| {} | x |",
    "**{}** and `{}`",
    "# {}",
    "1. a\n\n   {}\n",
    "~~{}~~ <{}>",
    "- [ ] {}\n\n$${}$$",
]
REPLIES = [frame.replace("{}", attack) for frame, attack in product(FRAMES, ATTACKS)]


def test_there_are_two_hundred() -> None:
    assert len(set(REPLIES)) == len(REPLIES) == 200


@pytest.mark.parametrize("attack", range(len(ATTACKS)))
def test_no_beginning_of_a_hostile_reply_does_anything(attack: int) -> None:
    seen: set[str] = set()
    for reply in REPLIES[attack :: len(ATTACKS)]:
        renderer = render.BlockRenderer("m1")
        for end in range(1, len(reply) + 1):
            renderer.feed(reply[end - 1])
            renderer.render()
            for html in (render.html(reply[:end], "m1"), *renderer.blocks):
                if html not in seen:
                    seen.add(html)
                    Elements().feed(html)
