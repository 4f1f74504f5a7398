"""TeX in a text: `$x$`, `$$x$$`, `\\(x\\)`, `\\[x\\]`, inline or as a block of its own lines.

Formulas are not drawn, only kept whole: no emphasis, escape or link is looked for inside.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

# A closing delimiter is looked for no further than this, so a text full of opening ones stays cheap.
LONGEST = 2000

CLOSING = {"$$": "$$", r"\[": r"\]", r"\(": r"\)", "$": "$"}

OPERATOR = re.compile(r"[\\=^_+*/<>|{}]")
WORD = re.compile(r"[^\W\d_]{3,}")
CITATION = re.compile(r"\s*(?:\d+|[xX]|[–-])?\s*")


def plugin(markdown: MarkdownIt) -> None:
    markdown.block.ruler.before("fence", "formula", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    markdown.inline.ruler.before("escape", "formula", _inline)


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.src[state.bMarks[start] + state.tShift[start]] not in "$\\" or state.is_code_block(start):
        return False
    last = _last(state, start, end)
    if last < 0 or silent:
        return last >= 0
    token = state.push("formula_block", "div", 0)
    token.content = state.getLines(start, last, state.blkIndent, False).strip()
    token.map = [start, last]
    state.line = last
    return True


def _last(state: StateBlock, start: int, end: int) -> int:
    """The line after the formula that begins here, or -1 where none does."""
    first = _line(state, start)
    opening, rest = first[:2], first[2:].strip()
    if opening not in ("$$", r"\[") or first.startswith("$$$"):
        return -1
    closing = CLOSING[opening]
    if closing in rest:
        is_whole = rest.index(closing) == len(rest) - 2 and _is_formula(rest[:-2], opening)
        return start + 1 if is_whole else -1
    if rest and not _is_formula(rest, opening):
        return -1
    last = _closed(state, start + 1, end, closing)
    return last if rest or last > start + 1 else -1


def _closed(state: StateBlock, line: int, end: int, closing: str) -> int:
    """The line after the one that closes the formula, or -1 where a blank line comes before.

    At the end of the text it counts as closed: most likely the rest has not been written yet.
    """
    while line < end:
        if state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            return -1
        line += 1
        if _line(state, line - 1).endswith(closing):
            return line
    return line if line == len(state.bMarks) - 1 else -1


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()


def _inline(state: StateInline, silent: bool) -> bool:
    source, start = state.src, state.pos
    opening = _opening(source, start)
    if not opening:
        return False
    closing = CLOSING[opening]
    begin = start + len(opening)
    end = source.find(closing, begin, min(state.posMax, begin + LONGEST))
    while end > 0 and source[end - 1] == "\\" and closing[0] == "$":
        end = source.find(closing, end + 1, min(state.posMax, begin + LONGEST))
    if end < 0:
        return False
    content, after = source[begin:end], source[end + len(closing) : end + len(closing) + 1]
    if opening == "$":
        before = source[start - 1 : start]
        if not _is_between_dollars(before, content, after):
            return False
    elif not _is_formula(content, opening):
        return False
    if not silent:
        state.push("formula", "span", 0).content = source[start : end + len(closing)]
    state.pos = end + len(closing)
    return True


def _opening(source: str, start: int) -> str:
    pair = source[start : start + 2]
    if pair in CLOSING:
        return "" if source[start + 2 : start + 3] == "$" else pair
    return "$" if pair[:1] == "$" else ""


def _is_between_dollars(before: str, content: str, after: str) -> bool:
    """Whether this is a formula and not two prices, as in "$5 and $10" or "from $5M to 10M$"."""
    if not content or content[0].isspace() or content[-1].isspace() or before.isalnum() or after.isalnum():
        return False
    if content[0].isdigit() and re.search(r"\s", content):
        return OPERATOR.search(content) is not None
    return True


def _is_formula(content: str, opening: str) -> bool:
    """Tells TeX from prose with escaped brackets, as in "\\[1\\] Smith" or "\\(see below\\)"."""
    if not content.strip() or (opening == r"\[" and CITATION.fullmatch(content)):
        return False
    return OPERATOR.search(content) is not None or WORD.search(content) is None
