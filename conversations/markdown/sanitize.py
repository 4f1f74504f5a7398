"""The last word on all HTML made from a message: what is not listed here does not reach a page."""

import re
from collections.abc import Callable

import nh3

from conversations.markdown.highlight import CLASSES as COLORS

TAGS = {
    *("a", "blockquote", "br", "button", "code", "del", "div", "em", "h3", "h4", "h5", "h6", "hr", "input", "li", "ol"),
    *("p", "pre", "s", "section", "span", "strong", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}

CLASSES = {
    "button": {"code-copy"},
    "a": {"footnote-back", "image"},
    "div": {"code", "code-bar", "math", "table-scroll"},
    "li": {"task"},
    "ol": {"tasks"},
    "pre": {"plain"},
    "section": {"footnotes"},
    "span": {"code-language", "image", "math", *COLORS},
    "sup": {"footnote"},
    "ul": {"tasks"},
}

# Anything a browser could understand in another way than we do is no link.
LINK = re.compile(
    r"https?://(?:[^/?#@\\\s]*@)?(?:[a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:[/?#][^\\\s]*)?\Z"
    r"|mailto:[^\\\s]+\Z",
    re.IGNORECASE,
)
ANCHOR = re.compile(r"-(?:fn|fnref)-\d{1,6}(?:-\d{1,6})?")
LANGUAGE = re.compile(r"language-[a-z0-9][a-z0-9+#._-]{0,39}")

REL = "noopener noreferrer nofollow"

Allowed = Callable[[str], object]
ANY: Allowed = bool


def _one_of(*values: str) -> Allowed:
    return frozenset(values).__contains__


DIRECTION = dict.fromkeys(("p", "h3", "h4", "h5", "h6", "li", "ol", "ul", "td", "th", "blockquote", "table"))

ATTRIBUTES: dict[tuple[str, str], Allowed] = {
    **{(tag, "class"): _one_of(*names) for tag, names in CLASSES.items()},
    **{(tag, "dir"): _one_of("auto", "rtl") for tag in DIRECTION},
    **{(tag, "align"): _one_of("left", "center", "right") for tag in ("td", "th")},
    ("a", "aria-label"): ANY,
    ("a", "href"): LINK.match,
    ("a", "target"): _one_of("_blank"),
    ("a", "rel"): REL.__eq__,
    ("a", "title"): ANY,
    ("button", "aria-label"): "Copy code".__eq__,
    ("button", "title"): "Copy code".__eq__,
    ("button", "type"): "button".__eq__,
    ("code", "class"): LANGUAGE.fullmatch,
    ("div", "aria-label"): ANY,
    ("div", "role"): _one_of("group"),
    ("div", "tabindex"): _one_of("0"),
    ("input", "aria-label"): ANY,
    ("input", "checked"): _one_of(""),
    ("input", "disabled"): _one_of(""),
    ("input", "type"): _one_of("checkbox"),
    ("ol", "start"): str.isdecimal,
    ("pre", "tabindex"): _one_of("0"),
}


class Sanitizer:
    """Cleans HTML. Ids and links within the page are only let through for footnotes under the prefix."""

    def __init__(self, prefix: str = "") -> None:
        def is_anchor(value: str) -> bool:
            return value.startswith(prefix) and bool(ANCHOR.fullmatch(value, len(prefix)))

        allowed = dict(ATTRIBUTES)
        if prefix:
            allowed["a", "id"] = allowed["li", "id"] = is_anchor
            allowed["a", "href"] = lambda value: LINK.match(value) or (value.startswith("#") and is_anchor(value[1:]))

        def keep(tag: str, name: str, value: str) -> str | None:
            is_allowed = allowed.get((tag, name))
            return value if is_allowed is not None and is_allowed(value) else None

        attributes: dict[str, set[str]] = {}
        for tag, name in allowed:
            if name != "rel":  # nh3 sets it itself, and insists on that
                attributes.setdefault(tag, set()).add(name)
        self.clean = nh3.Cleaner(
            tags=TAGS,
            attributes=attributes,
            attribute_filter=keep,
            link_rel=REL,
            url_schemes={"http", "https", "mailto"},
        ).clean


clean = Sanitizer().clean
