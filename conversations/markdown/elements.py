"""How each element of a message is written in HTML."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import ClassVar

from markdown_it.token import Token
from markdown_it.utils import EnvType

from conversations.markdown.highlight import highlight, language_name, language_of
from conversations.markdown.links import image, link
from conversations.markdown.parser import is_plain, parse_inline

# The page around the message has an h1 and an h2 of its own.
FIRST_HEADING = 3
LAST_HEADING = 6

# Emphasis within emphasis is dropped from here on: browsers cut deeper trees at a place of their own choice.
DEEPEST = 40

MOST_BACK_LINKS = 10

# Seconds that all the code of a message may take to get its colours; in the end 100 kB need less.
PATIENCE = 0.25

# A token costs as much to make and to write as this many characters of inline text.
TOKEN = 3

RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
LETTER = re.compile(r"[^\W\d_]")


@dataclass(slots=True)
class Memory:
    """What has been written before, so that an open block is not written anew each time it grows."""

    references: int = 0
    inline: dict[str, str] = field(default_factory=dict)
    code: dict[tuple[str, str], str] = field(default_factory=dict)


class Elements:
    """Writes tokens as HTML."""

    def __init__(self, env: EnvType, prefix: str, before: Memory | None = None) -> None:
        self.env = env
        self.prefix = prefix
        self.work = 0
        """What was written, and not found in the memory, in characters."""
        self.memory = Memory(len(env["references"]))
        self.before = before or Memory()
        if self.before.references != self.memory.references:
            self.before.inline = {}
        self._has_rtl = False
        self._box = ""
        self._patience = PATIENCE

    def block(self, tokens: Sequence[Token]) -> str:
        """The HTML of one block. A footnote's is empty: it is written by `footnotes`."""
        return "" if tokens[0].type == "footnote_open" else self._write(tokens)

    def footnotes(self) -> str:
        """All notes, in the order of their numbers; empty where there is none."""
        notes = self.env["notes"]
        bodies = {label: self._write(tokens) for label, tokens in notes.bodies.items()}
        items = []
        for label in sorted(bodies, key=notes.number):
            number = notes.number(label)
            backs = "".join(
                f' <a class="footnote-back" href="#{escape(self._anchor("fnref", number, use))}"'
                f' aria-label="Back to the text of note {number}">↩\ufe0e</a>'
                for use in range(1, min(notes.uses.get(label, 0), MOST_BACK_LINKS) + 1)
            )
            body = bodies[label]
            body = f"{body[:-4]}{backs}</p>" if body.endswith("</p>") else body + backs
            items.append(f'<li dir="auto" id="{escape(self._anchor("fn", number))}">{body}</li>')
        return f'<section class="footnotes"><ol>{"".join(items)}</ol></section>' if items else ""

    def _write(self, tokens: Sequence[Token]) -> str:
        self.work += TOKEN * len(tokens)
        self._has_rtl = any(token.type == "inline" and RIGHT_TO_LEFT.search(token.content) for token in tokens)
        return "".join(self._token(tokens, index) for index in range(len(tokens)))

    def _token(self, tokens: Sequence[Token], index: int) -> str:
        token = tokens[index]
        write = self._writers.get(token.type)
        if write is not None:
            return write(self, tokens, index)
        if token.nesting < 0:
            return f"</{token.tag}>"
        if token.tag == "blockquote":
            return f"<blockquote{self._direction(tokens, index)}>"
        return f"<{token.tag}>"

    def _heading(self, tokens: Sequence[Token], index: int) -> str:
        """One level below the heading it belongs to, whatever levels the model has left out."""
        token, above = tokens[index], self.env["headings"]
        if token.nesting > 0:
            while above and above[-1] >= int(token.tag[1]):
                above.pop()
            above.append(int(token.tag[1]))
        tag = f"h{min(FIRST_HEADING + len(above) - 1, LAST_HEADING)}"
        return f'<{tag} dir="auto">' if token.nesting > 0 else f"</{tag}>"

    def _direction(self, tokens: Sequence[Token], index: int) -> str:
        # The browser leaves elements with a direction of their own out when it guesses that of a list or quote.
        if self._has_rtl:
            for token in tokens[index:]:
                letter = LETTER.search(token.content) if token.type == "inline" else None
                if letter:
                    return ' dir="rtl"' if RIGHT_TO_LEFT.match(letter.group()) else ' dir="auto"'
        return ' dir="auto"'

    def _nothing(self, tokens: Sequence[Token], index: int) -> str:
        return ""

    def _paragraph(self, tokens: Sequence[Token], index: int) -> str:
        token = tokens[index]
        if token.nesting < 0:
            return "" if token.hidden else "</p>"
        box, self._box = self._box, ""
        return box if token.hidden else f'<p dir="auto">{box}'

    def _list(self, tokens: Sequence[Token], index: int) -> str:
        token = tokens[index]
        css = ' class="tasks"' if "class" in token.attrs else ""
        start = f' start="{token.attrs["start"]}"' if "start" in token.attrs else ""
        return f"<{token.tag}{css}{start}{self._direction(tokens, index)}>"

    def _item(self, tokens: Sequence[Token], index: int) -> str:
        direction = self._direction(tokens, index)
        if "checked" not in tokens[index].meta:
            return f"<li{direction}>"
        checked = " checked" if tokens[index].meta["checked"] else ""
        box = f'<input type="checkbox" disabled{checked} aria-label="Task"> '
        if tokens[index + 1].type == "paragraph_open":
            self._box, box = box, ""
        return f'<li class="task"{direction}>{box}'

    def _table(self, tokens: Sequence[Token], index: int) -> str:
        if tokens[index].nesting < 0:
            return "</table></div>"
        direction = self._direction(tokens, index)
        return f'<div class="table-scroll" tabindex="0" role="group" aria-label="Table"><table{direction}>'

    def _cell(self, tokens: Sequence[Token], index: int) -> str:
        token = tokens[index]
        align = str(token.attrs.get("style", "")).removeprefix("text-align:")
        return f'<{token.tag} dir="auto"' + (f' align="{align}">' if align else ">")

    def _fence(self, tokens: Sequence[Token], index: int) -> str:
        token = tokens[index]
        language = language_of(token.info)
        return self._code(token.content, language, is_open=token.meta["open"])

    def _code_block(self, tokens: Sequence[Token], index: int) -> str:
        return self._code(tokens[index].content, "", is_open=False)

    def _code(self, code: str, language: str, *, is_open: bool) -> str:
        if is_open or not language:
            colored = escape(code)
        else:
            key = (language, code)
            known = self.before.code.get(key)
            if known is None:
                self.work += len(code)
                begun = time.thread_time()
                known = highlight(code, language, self._patience)
                self._patience -= time.thread_time() - begun
            colored = self.memory.code[key] = known
        label = escape(language_name(language)) if language else "Code"
        css = f' class="language-{escape(language)}"' if language else ""
        return (
            f'<div class="code"><div class="code-bar"><span class="code-language">{label}</span>'
            '<button class="code-copy" type="button" aria-label="Copy code" title="Copy code"></button></div>'
            f'<pre tabindex="0"><code{css}>{colored}</code></pre></div>'
        )

    def _plain(self, tokens: Sequence[Token], index: int) -> str:
        return plain(tokens[index].content)

    def _formula(self, tokens: Sequence[Token], index: int) -> str:
        return f'<{tokens[index].tag} class="math">{escape(tokens[index].content)}</{tokens[index].tag}>'

    def _inline(self, tokens: Sequence[Token], index: int) -> str:
        content = tokens[index].content
        if is_plain(content):
            return escape(content, quote=False)
        if (written := self.memory.inline.get(content) or self.before.inline.get(content)) is None:
            self.work += len(content)
            written = self._run(parse_inline(content, self.env))
        # Each use of a footnote has a number.
        if "[^" not in content:
            self.memory.inline[content] = written
        return written

    def _run(self, tokens: Sequence[Token]) -> str:
        pieces: list[str] = []
        links: list[str] = []
        for index, token in enumerate(tokens):
            if token.type == "link_open":
                opening = link(token)
                links.append("</a>" if opening else "")
                pieces.append(opening)
                if opening and tokens[index + 1].type == "link_close":
                    pieces.append(escape(str(token.attrs["href"])))
            elif token.type == "link_close":
                pieces.append(links.pop())
            elif token.type == "image":
                pieces.append(image(token, in_link=bool(links)))
            elif token.nesting == 0 or token.level < DEEPEST:
                pieces.append(self._token(tokens, index))
        return "".join(pieces)

    def _text(self, tokens: Sequence[Token], index: int) -> str:
        return escape(tokens[index].content, quote=False)

    def _code_inline(self, tokens: Sequence[Token], index: int) -> str:
        return f"<code>{escape(tokens[index].content, quote=False)}</code>"

    def _break(self, tokens: Sequence[Token], index: int) -> str:
        return "<br>\n" if tokens[index].type == "hardbreak" else "\n"

    def _footnote_reference(self, tokens: Sequence[Token], index: int) -> str:
        notes, label = self.env["notes"], tokens[index].content
        number, use = notes.number(label), notes.use(label)
        return (
            f'<sup class="footnote"><a href="#{escape(self._anchor("fn", number))}"'
            f' id="{escape(self._anchor("fnref", number, use))}" aria-label="Note {number}">{number}</a></sup>'
        )

    def _anchor(self, kind: str, number: int, use: int = 1) -> str:
        return f"{self.prefix}-{kind}-{number}" + (f"-{use}" if use > 1 else "")

    # Made once: a drawing of a few words has little else to do.
    _writers: ClassVar[Mapping[str, Callable[["Elements", Sequence[Token], int], str]]] = {
        "bullet_list_open": _list,
        "code_block": _code_block,
        "code_inline": _code_inline,
        "definition": _nothing,
        "fence": _fence,
        "footnote_close": _nothing,
        "footnote_open": _nothing,
        "footnote_reference": _footnote_reference,
        "formula": _formula,
        "formula_block": _formula,
        "hardbreak": _break,
        "heading_close": _heading,
        "heading_open": _heading,
        "inline": _inline,
        "list_item_open": _item,
        "ordered_list_open": _list,
        "paragraph_close": _paragraph,
        "paragraph_open": _paragraph,
        "plain": _plain,
        "softbreak": _break,
        "table_close": _table,
        "table_open": _table,
        "td_open": _cell,
        "text": _text,
        "th_open": _cell,
    }


def plain(text: str) -> str:
    """The text as it was typed."""
    return f'<pre class="plain" tabindex="0">{escape(text)}</pre>'
