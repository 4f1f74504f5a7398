"""Each element as readers, screen readers and scripts find it."""

import re

import pytest

from conversations import render
from tests.conversations.rendered import one, tree


@pytest.mark.parametrize("level", range(1, 7))
def test_the_first_heading_is_one_below_those_of_the_page(level: int) -> None:
    assert one("#" * level + " Title", "h3").get_text() == "Title"


def test_no_heading_skips_a_level() -> None:
    headings = tree("## A\n\n#### B\n\n##### C\n\n## D\n\n# E\n\n### F").find_all(re.compile("h[1-6]"))
    assert [heading.name for heading in headings] == ["h3", "h4", "h5", "h3", "h3", "h4"]


def test_code_says_its_language_and_can_be_scrolled_by_keyboard() -> None:
    code = one("```py\nx = 1\n```", ".code")
    assert code.select_one(".code-bar > .code-language").get_text() == "Python"  # type: ignore[union-attr]
    assert code.select_one('pre[tabindex="0"] > code.language-py').get_text() == "x = 1\n"  # type: ignore[union-attr]
    assert [button["aria-label"] for button in code.select(".code-bar > button.code-copy")] == ["Copy code"]


@pytest.mark.parametrize(
    ("info", "label"),
    [
        ("", "Code"),
        ("C++", "C++"),
        ("c#", "C#"),
        ("console", "Console"),
        ("html", "HTML"),
        ("js", "JavaScript"),
        ("jsonc", "JSON"),
        ("mermaid", "Mermaid"),
        ("nonsense-lang", "nonsense-lang"),
        ("python title=x", "Python"),
        ("{.python .numbered}", "Python"),
        ("python:main.py", "Python"),
        ("r", "R"),
        ("text", "Text"),
        ("tsx", "TSX"),
        ("yml", "YAML"),
    ],
)
def test_languages_are_called_what_readers_call_them(info: str, label: str) -> None:
    assert one(f"```{info}\nx\n```", ".code-language").get_text() == label


@pytest.mark.parametrize("language", ["python", "c", "html", "bash", "json", "console", "diff", "yaml", "php"])
def test_colours_change_no_character_of_the_code(language: str) -> None:
    code = "\n\n  #include <a>\n\tif (x && \"y\" != 'z') { return 1e9; } /* é 🎉\n*/ \\\n$ ls\n- gone\n+ here\n\n"
    assert one(f"```{language}\n{code}```", "code").get_text() == code


def test_finished_code_is_coloured_and_open_code_is_not() -> None:
    assert tree("```python\nimport os\n```").select("code span.k")
    assert not tree("```python\nimport os\n").select("code span")


def test_nested_code_knows_whether_it_is_finished() -> None:
    assert tree("> - ```python\n>   import os\n>   ```").select("code span.k")
    assert not tree("> - ```python\n>   import os\n>   ``").select("code span")


def test_a_table_is_a_group_that_can_be_scrolled_by_keyboard() -> None:
    region = one("| a |\n|---|\n| 1 |", "div.table-scroll")
    assert (region["tabindex"], region["role"], region["aria-label"]) == ("0", "group", "Table")


def test_a_task_box_is_disabled_and_has_a_name() -> None:
    box = one("- [x] Done", "li.task > input")
    assert box.has_attr("disabled")
    assert box.has_attr("checked")
    assert box["aria-label"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("so $a_1 * b_1$ is", "$a_1 * b_1$"),
        ("so $x$, then", "$x$"),
        ("so $2 + 2 = 4$.", "$2 + 2 = 4$"),
        (r"so \(a_1\) is", r"\(a_1\)"),
        (r"so \[a_1\] is", r"\[a_1\]"),
        ("so $$a_1$$ is", "$$a_1$$"),
        (r"so $\$5$ is", r"$\$5$"),
    ],
)
def test_inline_formulas_keep_their_delimiters(text: str, shown: str) -> None:
    formula = one(text, "span.math")
    assert (formula.select_one("annotation") or formula).get_text() == shown


@pytest.mark.parametrize("text", ["$$\na_1\n$$", "\\[\na_1\n\\]", "$$ a_1 $$", "$$a\n= b$$", "text\n$$\na_1\n$$\ntext"])
def test_formulas_on_lines_of_their_own_are_blocks(text: str) -> None:
    assert one(text, "div.math annotation").get_text().strip("$\\[] \n") in ("a_1", "a\n= b")


@pytest.mark.parametrize(
    "text",
    [
        "$5 and $10",
        "$5-$10",
        "from $5M to 10M$",
        "US$5 or CA$7",
        "$HOME and $PATH",
        "`$x$`",
        r"\$x\$",
        "$$$ means expensive",
        r"\[1\] and \[ \]",
        r"\(see there\)",
        "$ x $",
        "$$\n\nx\n\n$$",
    ],
)
def test_what_only_looks_like_a_formula_is_text(text: str) -> None:
    assert not tree(text).select(".math")


def test_links_open_elsewhere_and_say_nothing_about_the_reader() -> None:
    link = one("[site](https://example.org/a?b=c&d)", "a")
    assert link["href"] == "https://example.org/a?b=c&d"
    assert link["target"] == "_blank"
    assert set(link["rel"]) == {"noopener", "noreferrer", "nofollow"}


@pytest.mark.parametrize(
    "address",
    [
        "/path",
        "path",
        "//host/x",
        "#part",
        "?q",
        "ftp://host/",
        "tel:1",
        "sandbox:/mnt/x",
        "\\\\host",
        "https:x",
        "https:///x",
    ],
)
def test_links_that_lead_nowhere_are_their_text(address: str) -> None:
    page = tree(f"[words]({address})")
    assert not page.select("a")
    assert "words" in page.get_text()


def test_a_link_without_text_shows_its_address() -> None:
    assert one("[](https://example.org/x)", "a").get_text() == "https://example.org/x"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("![A *fat* cat](https://a.example.org/x.png)", "Image: A fat cat (a.example.org)"),
        ("![](https://a.example.org/x.png)", "Image (a.example.org)"),
        ("![x](https://google.com@evil.example/x.png)", "Image: x (evil.example)"),
        ("![x](https://пример.example/x.png)", "Image: x (xn--e1afmkfd.example)"),
    ],
)
def test_an_image_is_a_link_that_names_its_host(text: str, label: str) -> None:
    assert one(text, "a.image").get_text() == label


@pytest.mark.parametrize("source", ["x.png", "data:image/png;base64,AAAA", "//host/x.png", "https://[/x.png"])
def test_an_image_without_a_host_is_text(source: str) -> None:
    page = tree(f"![plot]({source})")
    assert not page.select("a, img")
    assert "plot" in page.get_text()


def test_footnotes_of_two_messages_never_meet() -> None:
    text = "A[^x]\n\n[^x]: Note"
    first, second = render.html(text, "first"), render.html(text, "second")
    assert 'href="#first-fn-1"' in first
    assert 'id="first-fn-1"' in first
    assert "first" not in second


def test_a_note_that_nothing_refers_to_is_shown() -> None:
    assert one("Text\n\n[^1]: Nobody asked", ".footnotes li").get_text() == "Nobody asked"


def test_a_reference_to_no_note_is_text() -> None:
    assert one("See[^1] and [^a-z]+", "p").get_text() == "See[^1] and [^a-z]+"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_ends_a_line(line_end: str) -> None:
    assert len(tree(line_end.join(["- a", "- b", "", "c"])).select("li, p")) == 3


def test_a_list_that_has_just_begun_does_not_make_a_heading() -> None:
    assert not tree("Look:\n-").select("h3, h4")
    assert tree("Title\n---").select("h3")


def test_what_is_nested_too_deeply_is_shown_as_it_was_typed() -> None:
    text = "> " * 300 + "the end"
    assert "the end" in one(text, "pre.plain").get_text()
    page = tree("\n".join("  " * depth + f"- item{depth}" for depth in range(100)))
    assert all(f"item{depth}" in page.get_text() for depth in range(100))


def test_nothing_renders_as_nothing() -> None:
    assert render.html("", "m1") == render.html(" \n\n", "m1") == ""
