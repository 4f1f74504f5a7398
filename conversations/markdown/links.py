"""Links and images, none of which is ever followed or loaded by itself."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from markdown_it.token import Token

from conversations.markdown.sanitize import LINK


def link(token: Token) -> str:
    href = str(token.attrs["href"])
    if not LINK.match(href):
        return ""
    title = f' title="{escape(str(token.attrs["title"]))}"' if "title" in token.attrs else ""
    return f'<a href="{escape(href)}"{title} target="_blank" rel="noopener noreferrer nofollow">'


def image(token: Token, *, in_link: bool) -> str:
    """An image is never loaded, or it would tell its server who reads the message: a link names that server."""
    source, alt = str(token.attrs["src"]), _words(token.children or [])
    host = _host(source)
    label = escape("Image" + (f": {alt}" if alt else "") + (f" ({host})" if host else ""))
    if in_link or not host:
        return f'<span class="image">{label}</span>'
    return f'<a class="image" href="{escape(source)}" target="_blank" rel="noopener noreferrer nofollow">{label}</a>'


def _host(source: str) -> str:
    try:
        return urlsplit(source).hostname or "" if LINK.match(source) else ""
    except ValueError:
        return ""


def _words(tokens: Sequence[Token]) -> str:
    return "".join(
        _words(token.children) if token.children else " " if "break" in token.type else token.content
        for token in tokens
    )
