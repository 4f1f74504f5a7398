"""Footnotes: `[^1]` in the text, `[^1]: …` on a line of its own, all of them shown at the end."""

import re
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

LABEL = r"\[\^([^\]\s\[]{1,100})\]"
DEFINITION = re.compile(LABEL + ":")
REFERENCE = re.compile(LABEL)


@dataclass(slots=True)
class Notes:
    """The footnotes of one text, known and used so far."""

    bodies: dict[str, list[Token]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    uses: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "Notes":
        return Notes(dict(self.bodies), dict(self.numbers), dict(self.uses))

    def number(self, label: str) -> int:
        """Notes are numbered in the order they are used, the unused ones after them."""
        return self.numbers.setdefault(label, len(self.numbers) + 1)

    def use(self, label: str) -> int:
        """How often the note has been referred to, this time included."""
        self.uses[label] = self.uses.get(label, 0) + 1
        return self.uses[label]


def plugin(markdown: MarkdownIt) -> None:
    markdown.block.ruler.before("reference", "footnote", _definition, {"alt": ["paragraph", "reference"]})
    markdown.inline.ruler.before("link", "footnote", _reference)


def _definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    # Not within lists and quotes, where a definition would take words away; but the next one ends a note.
    within_note = silent and state.level == 1 and state.blkIndent == 4 and state.sCount[start] < 4
    if (state.level and not within_note) or state.is_code_block(start):
        return False
    position = state.bMarks[start] + state.tShift[start]
    match = DEFINITION.match(state.src, position, state.eMarks[start])
    if match is None:
        return False
    if silent:
        return True
    opened = Token("footnote_open", "", 1, block=True, meta={"label": match.group(1)})
    count = len(state.tokens) + 1
    state.tokens.append(opened)
    saved = state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType
    first = state.skipSpaces(match.end())
    state.level += 1
    state.bMarks[start] = match.end()
    state.tShift[start] = min(first, state.eMarks[start]) - match.end()
    state.sCount[start] = state.blkIndent = 4
    state.parentType = "footnote"
    state.md.block.tokenize(state, start, end)
    state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType = saved
    state.blkIndent = 0
    state.level -= 1
    # An empty definition leaves its own line to be consumed.
    state.line = max(state.line, start + 1)
    opened.map = [start, state.line]
    state.env["notes"].bodies.setdefault(match.group(1), state.tokens[count:])
    state.tokens.append(Token("footnote_close", "", -1, block=True))
    return True


def _reference(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("[^", state.pos) or state.linkLevel:
        return False
    match = REFERENCE.match(state.src, state.pos, state.posMax)
    if match is None or match.group(1) not in state.env["notes"].bodies:
        return False
    if not silent:
        state.push("footnote_reference", "sup", 0).content = match.group(1)
    state.pos = match.end()
    return True
