"""Addresses typed as plain text become links: http, https, www. and e-mail."""

import re

from linkify_it import LinkifyIt
from linkify_it.main import Match
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

# Longer addresses stay text, so that each attempt costs the same.
LONGEST = 2000

WWW = (
    r"^(?:[a-z0-9-]{1,63}\.){1,10}[a-z]{2,24}(?![a-z0-9-])(?::\d{1,5})?"
    r"(?:[/?#](?:[^\s<>\"'`]{0,1000}[^\s<>\"'`.,;:!?)\]*_~])?)?"
)

SCHEME = re.compile(r"(?<![a-z0-9.+-])https?$", re.IGNORECASE)


class Autolink(LinkifyIt):  # type: ignore[misc]
    """Finds addresses, but not bare names: setup.py and main.rs are no web sites."""

    def __init__(self) -> None:
        super().__init__({"ftp:": None, "//": None, "www.": {"validate": WWW}}, {"fuzzy_link": False})

    def normalize(self, match: Match) -> None:
        if match.schema == "www.":
            match.url = f"https://{match.url}"
        else:
            super().normalize(match)


FINDER = Autolink()


def plugin(markdown: MarkdownIt) -> None:
    markdown.linkify = FINDER
    markdown.inline.ruler.at("linkify", _address)


def _address(state: StateInline, silent: bool) -> bool:
    """Takes an address before its underscores and asterisks can become emphasis."""
    pos = state.pos
    if state.linkLevel or not state.src.startswith("://", pos):
        return False
    scheme = SCHEME.search(state.src, max(0, pos - 6), pos)
    if scheme is None or not state.pending.endswith(scheme.group()):
        return False
    start = scheme.start()
    link = FINDER.match_at_start(state.src[start : min(state.posMax, start + LONGEST)])
    if link is None:
        return False
    url: str = link.url.rstrip("*")
    href = state.md.normalizeLink(url)
    if not state.md.validateLink(href):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme.group())]
        token = state.push("link_open", "a", 1)
        token.attrs = {"href": href}
        token.info = "auto"
        state.push("text", "", 0).content = state.md.normalizeLinkText(url)
        state.push("link_close", "a", -1).info = "auto"
    state.pos = start + len(url)
    return True
