"""Markdown to safe HTML, whole or block by block while it is being written.

Both ways give the same blocks: `<div class="block">…</div>`, one for each block of the outermost level. Only what
is defined after its use (the address of a link, a footnote) needs the whole text to be shown in its place.
"""

import functools
import logging
import re
from collections.abc import Callable, Iterable

from markdown_it.token import Token
from markdown_it.utils import EnvType

from conversations.markdown import mathml, parser
from conversations.markdown.elements import Elements, Memory, plain
from conversations.markdown.parser import Block
from conversations.markdown.sanitize import clean

# What a call of BlockRenderer.render may cost on average, in characters never seen before. A block that has grown
# too large for that is drawn on every second, third, … call.
ALLOWANCE = 1500

# Parsing and cleaning a block again costs this part of what writing it for the first time does.
AGAIN = 8

EMPTY = '<div class="block"></div>'

# Words, and what may follow a word before a space: they are nothing but themselves, wherever a word can stand.
PLAIN = re.compile(r"(?: |[^\W\d_]++(?:[,.;!?](?= |\Z))?)++")

# A word on a line of words, and the end of the HTML of a block that words can be added to.
LAST_WORD = re.compile(r"(?:\A|[ \n])([^\W\d_]+)( *)\Z")
LONGEST_WORD = 100
OPEN_END = re.compile(r"(?:</(?:p|li|ul|ol|blockquote|h[1-6])>\n?)+</div>\Z")

logger = logging.getLogger(__name__)


def html(text: str, prefix: str) -> str:
    """The whole message. The prefix keeps the footnotes of two messages on one page apart."""
    source = re.sub("\r\n?", "\n", text)
    env = parser.environment()
    return "".join(_draw(_parse(source, env), source, Elements(env, prefix), functools.partial(clean, prefix=prefix)))


class BlockRenderer:
    """Draws a text that grows: finished blocks once, the open end each time."""

    def __init__(self, prefix: str) -> None:
        self.blocks: list[str] = []
        self.shown = 0
        """How many characters of the text the blocks show."""
        self._prefix = prefix
        self._pieces: list[str] = []
        self._length = 0
        self._unread: list[str] = []
        self._open = ""
        self._settled = 0
        self._complete = 0
        self._env = parser.environment()
        self._clean = functools.partial(clean, prefix=prefix)
        self._memory = Memory()
        self._debt = 0

    @property
    def text(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def feed(self, piece: str) -> None:
        # Of a line end in two pieces the second half is dropped, so the first is one already.
        unread = piece[1:] if piece[:1] == "\n" and self._pieces and self._pieces[-1][-1:] == "\r" else piece
        if piece:
            self._pieces.append(piece)
            self._unread.append(re.sub("\r\n?", "\n", unread))
            self._length += len(piece)

    def render(self) -> list[int]:
        """Draws what has come, and gives the numbers of the blocks that are not what they were.

        A block that turns out to be part of the one before stays, empty, until the next one takes its place.
        """
        self._debt = max(0, self._debt - ALLOWANCE)
        if self._debt or self.shown == self._length:
            return []
        unread = "".join(self._unread)
        self._unread.clear()
        if self._goes_on(unread):
            self.shown = self._length
            return [len(self.blocks) - 1]
        self._open += unread
        first, before = self._settled, self.blocks[self._settled :]
        after = [*self._settle(), *self._draw_open()]
        after += [EMPTY] * (len(before) - len(after))
        self.blocks[first:] = after
        self.shown = self._length
        return [first + n for n, block in enumerate(after) if n >= len(before) or block != before[n]]

    def _goes_on(self, unread: str) -> bool:
        """Adds words that follow words to the last block, where that is all they do: most of what models say."""
        # What is defined shows nothing where it stands: those words would be added to others.
        if not self.blocks or not PLAIN.fullmatch(unread) or "]:" in self._open:
            return False
        end = OPEN_END.search(self.blocks[-1])
        last = LAST_WORD.search(self._open, max(0, len(self._open) - LONGEST_WORD))
        if end is None or last is None:
            return False
        written = self.blocks[-1][: end.start()]
        if not written.endswith(last[1]):
            return False
        self._open += unread
        self.blocks[-1] = f"{written}{last[2]}{unread}".rstrip(" ") + end[0]
        return True

    def _settle(self) -> list[str]:
        """The blocks that no further text can change; what follows them stays open.

        Only complete lines are looked at. The last block may go on, and the one before it may turn out to be its
        beginning, unless a blank line parts them.
        """
        end = self._open.rfind("\n") + 1
        if end <= self._complete:
            return []
        self._complete = end
        blocks = _parse(self._open[:end], parser.scratch(self._env))
        lines = self._open[:end].split("\n")
        last = len(blocks) - 1
        if last > 0 and lines[blocks[last].start - 1].strip():
            last -= 1
        if last <= 0:
            return []
        settled = blocks[:last]
        for block in settled:
            parser.define(block, self._env)
        source = "\n".join(lines[: blocks[last].start]) + "\n"
        elements = Elements(self._env, self._prefix, self._memory)
        drawn = _draw(settled, source, elements, self._clean, notes=False)
        self._settled += last
        self._open = self._open[len(source) :]
        self._complete -= len(source)
        return drawn

    def _draw_open(self) -> list[str]:
        env = parser.scratch(self._env)
        blocks = _parse(self._open, env)
        elements = Elements(env, self._prefix, self._memory)
        drawn = _draw(blocks, self._open, elements, self._clean)
        self._memory = elements.memory
        self._debt = elements.work + len(self._open) // AGAIN
        return drawn


def _parse(source: str, env: EnvType) -> list[Block]:
    try:
        return parser.parse(source, env)
    except Exception as error:  # noqa: BLE001  A reply must be readable, whatever the parser trips over.
        logger.error("Markdown was not parsed: %s", type(error).__name__)
        end = source.count("\n") + 1
        return [Block([Token("plain", "pre", 0, content=source, map=[0, end])], 0, end)]


def _draw(
    blocks: Iterable[Block], source: str, elements: Elements, clean: Callable[[str], str], *, notes: bool = True
) -> list[str]:
    lines = source.split("\n")
    drawn = []
    for block in blocks:
        typed = "\n".join(lines[block.start : block.end])
        drawn.append(_wrapped(functools.partial(elements.block, block.tokens), typed, clean))
    if notes and elements.env["notes"].bodies:
        drawn.append(_wrapped(elements.footnotes, "", clean))
    return drawn


def _wrapped(write: Callable[[], str], typed: str, clean: Callable[[str], str]) -> str:
    try:
        body = write()
    except Exception as error:  # noqa: BLE001  See _parse.
        logger.error("Markdown was not written: %s", type(error).__name__)
        body = plain(typed)
    return f'<div class="block">{mathml.draw(clean(body))}</div>'
