"""Rendered messages as a tree, and the replies of models kept in replies/."""

from pathlib import Path

from bs4 import BeautifulSoup, Tag

from conversations import render

REPLIES = {
    path.stem: path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / "replies").glob("*.md"))
}


def tree(text: str, prefix: str = "m1") -> BeautifulSoup:
    return BeautifulSoup(render.html(text, prefix), "html.parser")


def one(text: str, selector: str) -> Tag:
    """The only element of the rendered text that the selector finds."""
    found = tree(text).select(selector)
    assert len(found) == 1, f"{len(found)} times {selector} in {render.html(text, 'm1')}"
    return found[0]
