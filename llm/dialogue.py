"""Talk with a base model, which knows no chat: it goes on with any text, so it is given a dialogue to go on with, and
is stopped where it begins to invent the next turn of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from llm.backends.base import Message
from llm.config import Config
from llm.continuing import Repeated
from llm.stopping import Chain, Stops

_BREAK = r"[\n\r\u2028\u2029\x85]"
_SPACE = r"[ \t\u00a0\u200b\u3000\ufeff]"
_QUOTE = rf"{_SPACE}{{0,8}}(?:[#>]{{1,6}}{_SPACE}{{0,4}})?"
_OPENING = r"[*_~\"'(\[<|]{0,4}"
_CLOSING = rf"[*_~\"')\]>|]{{0,4}}{_SPACE}{{0,8}}[*_]{{0,3}}"
_COLON = r"[:\uff1a\ufe55]"

# What models call the two of their own accord, whatever the speakers are named.
_HUMANS = ("human", "user")
_BOTS = ("bot", "assistant")


def is_base(model: str, config: Config) -> bool:
    """Whether the operator has said that the model knows no chat."""
    return model in config.base_models or "*" in config.base_models


def prompt(messages: Sequence[Message], *, preprompt: str, speakers: tuple[str, str]) -> str:
    """The dialogue so far, up to where the model is to speak: without a space at its end, since the tokens of most
    models begin with one. Where the last message is the assistant's, it is to go on with that."""
    human, bot = speakers
    head = [preprompt, *(message["content"] for message in messages if message["role"] == "system")]
    turns = [
        f"{human if message['role'] == 'user' else bot}: {message['content'].strip()}"
        for message in messages
        if message["role"] != "system"
    ]
    if messages[-1]["role"] != "assistant":
        turns.append(f"{bot}:")
    preamble = "\n".join(text.strip() for text in head if text.strip())
    return (f"{preamble}\n\n" if preamble else "") + "\n".join(turns)


def stops(speakers: tuple[str, str]) -> tuple[str, ...]:
    """Stop strings that spare a server the work of inventing; it takes four at most, and need not obey."""
    return tuple(f"\n{speaker}:" for speaker in speakers)


def limits(messages: Sequence[Message], config: Config, stop: Iterable[str]) -> Chain:
    """What makes the model's turn of what it goes on to write."""
    said = messages[-1]["content"] if messages[-1]["role"] == "assistant" else ""
    return Chain(Clipper(config.speakers, goes_on=bool(said)), Stops(stop), Repeated(said))


class Clipper:
    """Takes the pieces of a turn and gives what is certain to belong to it; `stopped` once another turn has begun.

    A turn begins at the start of a line with a speaker's name and a colon, in any case and decoration. The model's
    own name at the very beginning is only dropped. A turn that `goes_on` begins in the middle of a line.
    """

    def __init__(self, speakers: tuple[str, str], *, goes_on: bool = False) -> None:
        self._turn = _Marker(speakers, _HUMANS)
        self._own = _Marker(speakers[1:], _BOTS)
        self._held = ""
        self._closing = ""
        self._own_dropped = False
        self._begun = goes_on
        self._in_line = goes_on
        self.stopped = False

    def feed(self, piece: str) -> str:
        if self.stopped:
            return ""
        self._held += piece
        if not self._begun and not self._begin():
            return ""
        if marker := self._turn.search(self._held, in_line=self._in_line):
            self.stopped = True
            return self._give(len(self._held[: marker.start()].rstrip()))
        return self._give(self._certain())

    def rest(self) -> str:
        """What was held back, now that nothing follows."""
        return "" if self.stopped else self._give(len(self._held.rstrip()))

    def _begin(self) -> bool:
        """Whether the first word of the turn is there, after spaces and the model's own name."""
        if not self._own_dropped:
            self._held = self._held.lstrip()
            if own := self._own.match(self._held):
                self._own_dropped = True
                self._held = self._held[own.end() :]
                self._closing = _emphasis(own[0])
            elif self._own.may_begin(self._held):
                return False
        if len(self._held) < len(self._closing) and self._closing.startswith(self._held):
            return False
        self._held = self._held.removeprefix(self._closing).lstrip()
        self._closing = ""
        self._begun = bool(self._held)
        return self._begun

    def _certain(self) -> int:
        """How much of what is held no marker can begin in; the space before one does not belong to the turn."""
        breaks = [found.end() for found in re.finditer(_BREAK, self._held)]
        line = breaks[-1] if breaks else None if self._in_line else 0
        if line is not None and self._turn.may_begin(self._held[line:]):
            return len(self._held[:line].rstrip())
        return len(self._held.rstrip())

    def _give(self, size: int) -> str:
        given, self._held = self._held[:size], self._held[size:]
        self._in_line = self._in_line or bool(given)
        return given


class _Marker:
    """How a turn is marked as that of the named. Before the speakers' own names stands a bullet too; after one,
    `User:` is more often a list of words than a dialogue."""

    def __init__(self, speakers: Iterable[str], others: Iterable[str]) -> None:
        bullet = rf"(?:[-+*\u2022]{_SPACE}{{1,4}})?"
        forms = ((rf"{_QUOTE}{bullet}", tuple(speakers)), (_QUOTE, tuple(others)))
        whole = "|".join(
            rf"{lead}{_OPENING}(?:{'|'.join(map(re.escape, names))}){_CLOSING}{_COLON}" for lead, names in forms
        )
        begun = "|".join(
            rf"{lead}{_OPENING}(?:{'|'.join(map(_beginning, names))})?"
            rf"|{lead}{_OPENING}(?:{'|'.join(map(re.escape, names))}){_CLOSING}"
            for lead, names in forms
        )
        self._whole = re.compile(rf"(?:\A|(?<={_BREAK}))(?:{whole})", re.IGNORECASE)
        self._begun = re.compile(rf"{begun}|{_QUOTE}[-+*\u2022]", re.IGNORECASE)

    def search(self, text: str, *, in_line: bool = False) -> re.Match[str] | None:
        return self._whole.search(text, int(in_line))

    def match(self, text: str) -> re.Match[str] | None:
        return self._whole.match(text)

    def may_begin(self, line: str) -> bool:
        """Whether more text could make the line a marker."""
        return self._begun.fullmatch(line) is not None


def _beginning(name: str) -> str:
    """A pattern for the first letters of the name."""
    pattern = ""
    for letter in reversed(name):
        pattern = f"{re.escape(letter)}(?:{pattern})?" if pattern else re.escape(letter)
    return pattern


def _emphasis(marker: str) -> str:
    """What `**Bot:** Hello` still closes after the marker."""
    opening = re.match(r"[^\w*]*([*_]*)", marker)
    closed = marker.rstrip(":\uff1a\ufe55 \t").endswith(("*", "_"))
    return "" if closed or not opening else opening[1]
