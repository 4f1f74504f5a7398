"""Formulas are drawn by the browser, from MathML; what cannot be drawn stays TeX."""

from __future__ import annotations

import pytest

from conversations import render
from conversations.markdown.mathml import LONGEST, MOST
from tests.conversations.rendered import one, tree


def test_a_formula_in_a_line_and_one_of_its_own() -> None:
    inline = one(r"The area is $A = \pi r^2$.", "span.math > math")
    assert [part.get_text() for part in inline.select("mi")] == ["A", "π", "r"]
    block = one("$$\n\\frac{a}{b}\n$$", "div.math > math[display=block]")
    assert len(block.select("mfrac > *")) == 2


def test_its_tex_stays_for_whoever_copies_or_reads_it() -> None:
    assert one(r"So \(a < b\).", "annotation").get_text() == r"\(a < b\)"


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{a",
        r"\nonsense{x}",
        "x^a^b",
        r"\left( x",
        "{" * 300,
        "x_{" * 200,
        "+" * (LONGEST + 1),
        r"\text{" * 50,
        r"\begin{nowhere} x \end{nowhere}",
    ],
)
def test_what_cannot_be_drawn_stays_as_it_was_written(tex: str) -> None:
    formula = one(f"$${tex}$$", ".math")
    assert not formula.select("math")
    assert formula.get_text() == f"$${tex}$$"


@pytest.mark.parametrize(
    "tex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\text{<img src=x onerror=alert(1)>}",
        r"\text{</annotation><script>alert(1)</script>}",
        r"x</math><script>alert(1)</script>",
        r"\color{red;background:url(https://example.org/)}{x}",
        r"\class{row}{x} \style{color:red}{x} \includegraphics{https://example.org/a.png}",
        "TEX &amp; &lt;b&gt;",
    ],
)
def test_hostile_formulas_are_harmless(tex: str) -> None:
    for text in (f"$${tex}$$", f"so ${tex}$ is"):
        page = tree(text)
        assert not page.select("script, img, style, a")
        assert not [tag for tag in page.find_all(True) if {"href", "style", "class", "src"} & tag.attrs.keys()
                    and tag.name not in {"div", "span"}]  # fmt: skip
        assert tex in page.get_text()


def test_very_many_formulas_do_not_swell_the_page() -> None:
    page = tree("$x$ " * (2 * MOST))
    assert len(page.select("span.math")) == 2 * MOST
    assert len(page.select("math")) == MOST


def test_a_formula_that_is_being_written_is_tex_until_it_is_whole() -> None:
    renderer = render.BlockRenderer("m1")
    renderer.feed("So:\n\n$$\n\\frac{a}{b}")
    renderer.render()
    assert "<math" not in "".join(renderer.blocks)
    renderer.feed("\n$$\n\nThus.")
    renderer.render()
    assert "<math" in "".join(renderer.blocks)
