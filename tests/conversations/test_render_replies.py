"""What models really write gets the structure they meant."""

import re

import pytest
from bs4 import Tag

from tests.conversations.rendered import REPLIES, tree

# For each reply how many elements each selector finds.
STRUCTURE: dict[str, dict[str, int]] = {
    "arabic": {"h3[dir=auto]": 1, "ul[dir=rtl] > li": 2, "blockquote[dir=rtl]": 1, "strong": 1},
    "autolinks": {
        'a[href="https://example.org/a_b_c?x=1&y=2"]': 1,
        'a[href="https://example.com/"]': 1,
        'a[href="https://www.example.net/path"]': 1,
        'a[href="mailto:help@example.org"]': 1,
        "a": 4,
        "em": 0,
    },
    "chinese": {"h3": 1, "strong": 1, "ol > li": 2, "table th": 2, "td": 2, "blockquote": 1},
    "definition-in-the-middle": {
        "p": 3,
        'a[href="https://example.org/x"]': 1,
        'a[href="https://example.org/z"]': 1,
    },
    "emoji": {"strong": 1, "ul > li": 2},
    "emphasis": {"em": 3, "strong": 4, "strong > code": 1, "em > strong": 1, "strong > em": 1},
    "escaped-brackets": {".math": 0, "p": 2, "em": 0},
    "fence-in-list": {"ol > li": 2, "li pre > code": 2, "code.language-bash": 1, "code.language-python": 1},
    "fence-right-after-text": {".block": 3, "code.language-sh": 1, "p": 2},
    "footnotes": {
        "sup.footnote > a": 3,
        "section.footnotes > ol > li": 2,
        "li#m1-fn-1": 1,
        "a#m1-fnref-1-2": 1,
        ".footnote-back": 3,
        "li em": 1,
        "li p": 3,
    },
    "headings": {"h1, h2": 0, "h3": 2, "h4": 1, "h5": 1, "h6": 3, "hr": 1, "p": 2},
    "hebrew-table": {
        'th[align="left"]': 1,
        'td[align="right"]': 1,
        "table[dir=rtl]": 1,
        "ol[dir=rtl] > li[dir=rtl] > p": 2,
    },
    "html-as-text": {"details, summary, script, .x": 0, "p": 3},
    "images": {
        "img": 0,
        'a.image[href="https://images.example.org/cat.png"]': 1,
        'a[href="https://ci.example.net/project"] > span.image': 1,
        "span.image": 2,
        "a": 3,
    },
    "inline-code": {"code": 5, ".math": 0, "pre": 0},
    "japanese": {"strong": 1, "em": 1, "li": 2},
    "language-aliases": {
        ".code": 7,
        "code.language-js": 1,
        r"code.language-c\+\+": 1,
        "code.language-yml": 1,
        "code.language-python": 1,
        "code.language-mermaid": 1,
        "code:not([class])": 2,
    },
    "line-breaks": {"p": 1, "br": 2},
    "list-after-paragraph": {"p": 2, "ul > li": 3, ".block": 3},
    "list-four-spaces": {"ul": 3, "ul > li > ul > li > ul > li": 1, "pre": 0},
    "list-loose": {"ol > li": 3, "li > p": 4},
    "list-starts-at-three": {'ol[start="3"] > li': 2},
    "list-three-spaces": {"ol > li": 3, "ol > li > ul > li": 4, "p": 0},
    "list-two-spaces": {"ul": 4, "ul ul li": 4, "ul ul ul li": 1},
    "list-with-bold-terms": {"ul": 2, "ul > li": 3, "li strong": 3},
    "math-brackets": {"span.math": 2, "div.math": 1, "em, br": 0},
    "math-dollars": {"span.math": 2, "div.math": 1, "p": 2},
    "math-in-list": {"li": 3, "li span.math": 1, "li div.math": 1},
    "math-with-list-signs": {"div.math": 1, "ul": 0, "h3, h4": 0, "p": 2},
    "prices": {".math": 0, "p": 1},
    "quote": {"blockquote > p": 1, "p": 3},
    "quote-with-list": {
        "blockquote": 2,
        "blockquote > blockquote": 1,
        "blockquote > ul > li": 2,
        "blockquote code.language-json": 1,
    },
    "reference-links": {'a[href^="https://docs.example.org/"]': 2, 'a[title="The tutorial"]': 1, "p": 1},
    "relative-links": {"a": 2, 'a[href="mailto:a@example.org"]': 1, 'a[title="Title"]': 1},
    "steps-with-code-and-table": {
        "h3": 2,
        "code.language-python span.k": 4,
        "code.language-console": 1,
        "tbody tr": 2,
        "hr": 1,
        ".block": 8,
    },
    "strikethrough": {"s": 1, "strong": 1},
    "table": {
        '.table-scroll[tabindex="0"][role=group] > table': 1,
        'th[align="left"]': 1,
        'td[align="center"]': 3,
        'td[align="right"]': 3,
        "td code": 1,
        "tr": 4,
    },
    "table-after-text": {".block": 2, "p": 1, "tbody tr": 2, "td[align]": 0},
    "tasks": {
        'ul.tasks > li.task > input[type="checkbox"][disabled][aria-label]': 4,
        "input[checked]": 2,
        "ul.tasks ul.tasks": 1,
    },
    "tasks-loose": {"li.task > p > input": 2, "input[checked]": 1},
    "unclosed-fence": {"code.language-python": 1, ".code-language": 1, "code span": 0},
}


def test_every_reply_has_a_structure_to_keep() -> None:
    assert sorted(STRUCTURE) == sorted(REPLIES)
    assert len(REPLIES) >= 30


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_gets_the_structure_it_was_meant_to_have(name: str) -> None:
    page = tree(REPLIES[name])
    assert {selector: len(page.select(selector)) for selector in STRUCTURE[name]} == STRUCTURE[name]


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_nothing_but_blocks(name: str) -> None:
    children = list(tree(REPLIES[name]).children)
    assert children
    assert all(isinstance(child, Tag) and child.get("class") == ["block"] for child in children)


@pytest.mark.parametrize(
    "name", sorted(set(REPLIES) - {"definition-in-the-middle", "reference-links", "relative-links"})
)
def test_no_word_of_a_reply_is_lost(name: str) -> None:
    shown = tree(REPLIES[name])
    kept = shown.get_text(" ") + " ".join(str(link.attrs) for link in shown.select("a, code"))
    words = set(re.findall(r"[^\W_]{2,}", re.sub(r"&\w+;|title=\S+|!?\[.*?\]\(.*?\)|\[\^alt\]", "", REPLIES[name])))
    assert words <= set(re.findall(r"[^\W_]{2,}", kept))
