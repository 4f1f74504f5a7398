"""TeX as MathML, which browsers draw themselves: no script, no font, no request.

It is put in after the cleaning, and made anew of the elements and attributes listed here: nothing of what the
library answers reaches a page as it is. What it does not know stays TeX.
"""

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element, fromstring

from latex2mathml.converter import convert

LONGEST = 800
"""Characters of a formula; a longer one stays TeX."""

MOST = 200
"""Formulas drawn in one block: each takes much more room than its TeX."""

TAGS = {
    *("math", "menclose", "mfrac", "mi", "mn", "mo"),
    *("mover", "mpadded", "mphantom", "mroot", "mrow", "mspace"),
    *("msqrt", "mstyle", "msub", "msubsup", "msup", "mtable"),
    *("mtd", "mtext", "mtr", "munder", "munderover"),
}
WORD = re.compile(r"[a-z0-9.# -]{1,60}", re.IGNORECASE)
ATTRIBUTES = {
    *("accent", "accentunder", "columnalign", "columnspacing", "display", "displaystyle"),
    *("fence", "form", "height", "depth", "linethickness", "lspace"),
    *("mathcolor", "mathvariant", "maxsize", "minsize", "movablelimits", "notation"),
    *("rowspacing", "rspace", "scriptlevel", "separator", "stretchy", "voffset"),
    *("width",),
}
ENVIRONMENTS = {
    *("align", "align*", "aligned", "array", "bmatrix", "Bmatrix", "cases", "equation", "equation*"),
    *("gather", "gathered", "matrix", "pmatrix", "smallmatrix", "split", "vmatrix", "Vmatrix"),
}
FORMULA = re.compile(r'<(span|div) class="math">([^<]*)</\1>')
DELIMITED = re.compile(r"\$\$(.+)\$\$|\\\[(.+)\\\]|\\\((.+)\\\)|\$(.+)\$", re.DOTALL)


def draw(html: str) -> str:
    """Cleaned HTML with its formulas as MathML, where they are whole; the TeX stays in it as an annotation."""
    return FORMULA.sub(_drawn, html, MOST) if 'class="math"' in html else html


def _drawn(formula: re.Match[str]) -> str:
    tag, tex = formula[1], unescape(formula[2]).strip()
    found = DELIMITED.fullmatch(tex)
    display = ' display="block"' if tag == "div" else ""
    drawn = _mathml(next(filter(None, found.groups())), display) if found and len(tex) <= LONGEST else None
    if drawn is None:
        return formula[0]
    annotation = f'<annotation encoding="application/x-tex">{escape(tex, quote=False)}</annotation>'
    # A wide one is scrolled, also by keys.
    stop = ' tabindex="0"' if display else ""
    return f'<{tag} class="math"{stop}><math{display}><semantics>{drawn}{annotation}</semantics></math></{tag}>'


@lru_cache(1024)
def _mathml(tex: str, display: str) -> str | None:
    braces = re.sub(r"\\[{}]", "", tex)
    if braces.count("{") != braces.count("}") or not ENVIRONMENTS.issuperset(re.findall(r"\\begin\{(.*?)\}", tex)):
        # The library would make something of it all the same.
        return None
    try:
        root = fromstring(convert(tex, display="block" if display else "inline"))  # noqa: S314  It has no doctype.
        return f"<mrow>{''.join(map(_written, root))}</mrow>"
    except Exception:  # noqa: BLE001  Its errors are as many as the ways to write TeX wrongly.
        return None


def _written(element: Element) -> str:
    """Raises ValueError for what is not known here, and for commands that the library has not understood."""
    tag = element.tag.rpartition("}")[2]
    text = element.text or ""
    if tag not in TAGS or "\\" in text:
        raise ValueError(tag)
    given = ((name, value) for name, value in element.items() if name in ATTRIBUTES and WORD.fullmatch(value))
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in given)
    return f"<{tag}{attributes}>{escape(text, quote=False)}{''.join(map(_written, element))}</{tag}>"
