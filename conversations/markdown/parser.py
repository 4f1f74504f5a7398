"""The configured Markdown parser: GitHub's dialect with footnotes and TeX, without raw HTML."""

import functools
from collections import ChainMap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, fence, lheading
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from conversations.markdown import autolink, footnotes, formula

# Levels of nesting; a list counts two, a quote one. What is deeper is shown as it was typed.
DEEPEST = 40


@dataclass(slots=True)
class Block:
    """One block of the outermost level and the lines it came from, the last one excluded."""

    tokens: list[Token]
    start: int
    end: int


def environment() -> EnvType:
    """What definitions in a text add to, and what links and notes are looked up in."""
    return {"references": {}, "notes": footnotes.Notes(), "headings": []}


def scratch(env: EnvType) -> EnvType:
    """A copy to parse unfinished text with: what that defines does not reach the original."""
    return {
        **env,
        "references": ChainMap({}, env["references"]),
        "notes": env["notes"].copy(),
        "headings": [*env["headings"]],
    }


def parse(source: str, env: EnvType) -> list[Block]:
    """The blocks of a text whose line ends are all "\\n"; inline text stays unparsed.

    A link or footnote definition is a block too, though it shows nothing where it stands.
    """
    tokens: list[Token] = []
    markdown = _markdown()
    markdown.block.parse(source, markdown, env, tokens)
    return list(_outermost(tokens))


def define(block: Block, env: EnvType) -> None:
    """Adds what the block defines."""
    first = block.tokens[0]
    if first.type == "footnote_open":
        env["notes"].bodies.setdefault(first.meta["label"], block.tokens[1:-1])
    for token in block.tokens:
        if token.type == "definition":
            link = {"href": token.meta["url"], "title": token.meta["title"]}
            env["references"].setdefault(token.meta["id"], link)


def is_plain(content: str) -> bool:
    """Whether no character in a run of inline text can mean anything but itself."""
    return not _markdown().inline.terminator_re.search(content) and "www." not in content.lower()


def parse_inline(content: str, env: EnvType) -> list[Token]:
    """The tokens of one run of inline text."""
    markdown = _markdown()
    token = Token("inline", "", 0, content=content, children=[])
    markdown.core.process(StateCore(content, markdown, env, [token]))
    return token.children or []


def _outermost(tokens: Sequence[Token]) -> Iterator[Block]:
    depth = first = 0
    for number, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            start, end = tokens[first].map or (0, 0)
            yield Block(list(tokens[first : number + 1]), start, end)
            first = number + 1


@functools.cache
def _markdown() -> MarkdownIt:
    options = {"html": False, "maxNesting": 2 * DEEPEST, "tasklists": True, "inline_definitions": True}
    markdown = MarkdownIt("gfm-like", options)
    # Blocks are parsed once, their inline text later and piece by piece.
    markdown.core.ruler.disable(["normalize", "block"])
    markdown.block.ruler.before("table", "too_deep", _too_deep)
    markdown.block.ruler.at("fence", _fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    markdown.block.ruler.at("lheading", _lheading)
    for plugin in (formula.plugin, footnotes.plugin, autolink.plugin):
        markdown.use(plugin)
    helpers = {name: getattr(markdown.helpers, name) for name in markdown.helpers.__all__}
    markdown.helpers = SimpleNamespace(**helpers | {"parseLinkLabel": _link_label})  # type: ignore[assignment]
    return markdown


def _too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    # The parser drops what is nested deeper than its limit, so this takes over before it is reached.
    if state.level < DEEPEST or silent:
        return False
    last = start
    while last < end and (state.isEmpty(last) or state.sCount[last] >= state.blkIndent):
        last += 1
    token = state.push("plain", "pre", 0)
    token.content = state.getLines(start, last, state.blkIndent, False)
    token.map = [start, last]
    state.line = last
    return True


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not fence(state, start, end, silent):
        return False
    if not silent:
        token = state.tokens[-1]
        last = state.line - 1
        closing = state.src[state.bMarks[last] + state.tShift[last] : state.eMarks[last]].strip()
        closed = last > start and len(closing) >= len(token.markup) and not closing.strip(token.markup[0])
        token.meta["open"] = not closed
    return True


def _lheading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A heading underlined by at least three characters: one or two are most often a list that has just begun."""
    line, count = state.line, len(state.tokens)
    if not lheading(state, start, end, silent):
        return False
    last = state.line - 1
    if len(state.src[state.bMarks[last] : state.eMarks[last]].strip()) >= 3:
        return True
    del state.tokens[count:]
    state.line = line
    return False


def _link_label(state: StateInline, start: int, disable_nested: bool = False) -> int:
    """Where the label that begins at `start` ends, or -1; also -1 for one with a link within, if that is asked.

    Each label is searched once: again and again from every "[" would cost the square of the text. The ends are
    kept in the state's cache, below zero, where it has no entries of its own.
    """
    if -2 * start - 1 not in state.cache:
        _find_label(state, start)
    end = state.cache[-2 * start - 1 - disable_nested]
    return end if end < state.posMax else -1


def _find_label(state: StateInline, start: int) -> None:
    before, end, has_link = state.pos, -1, False
    state.pos = start + 1
    while state.pos < state.posMax:
        position = state.pos
        marker = state.src[position]
        if marker == "]":
            end = position
            break
        state.md.inline.skipToken(state)
        if marker != "[":
            continue
        if state.pos > position + 1:
            has_link = True
            continue
        # That was a bracket and no link, but looking for one has found where the bracket closes.
        inner = state.cache.get(-2 * position - 1, -1)
        if inner < 0:
            break
        has_link = has_link or state.cache[-2 * position - 2] < 0
        state.pos = inner + 1
    state.cache[-2 * start - 1] = end
    state.cache[-2 * start - 2] = -1 if has_link else end
    state.pos = before
