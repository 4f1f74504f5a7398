"""Text as the search compares it: without case and accents, cut into words, where a script has no spaces into pairs."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from itertools import islice, pairwise

LONGEST_WORD = 64
"""Characters of a word that are indexed."""

MOST_WORDS = 40
"""Of a query that the index is asked for."""

MOST_BYTES = 900_000
"""Of the different words of one message: PostgreSQL indexes no more than a megabyte of them."""

# Thai to Tibetan, Burmese, Hangul, Khmer, Tai, symbols and emoji, Han with its radicals, kana, Yi.
UNSPACED = (
    "\u0e00-\u0fff\u1000-\u11ff\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\u2190-\u2bff\u2e80-\u2fdf\u3005-\u3007\u3040-\u4dbf"
    "\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff"
)
RUN = re.compile(f"[{UNSPACED}]+")
PIECE = re.compile(f"[{UNSPACED}]+|[^ {UNSPACED}]+")
LETTER = f"[^ {UNSPACED}]"

# Accents, and the vowel signs Hebrew and Arabic are usually written without. Marks of other scripts are letters.
ACCENT = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
INVISIBLE = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class _Folds(dict[int, str]):
    """Per character what it is folded to; a space for what is no part of a word."""

    def __missing__(self, code: int) -> str:
        if len(self) > 20_000:
            self.clear()
        self[code] = folded = _folded(chr(code))
        return folded


def _folded(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf" or INVISIBLE.match(character) or ACCENT.match(character):
        return ""
    if category[0] not in "LNM" and not (category == "So" and RUN.match(character)):
        return " "
    bare = ACCENT.sub("", unicodedata.normalize("NFKD", character).casefold())
    bare = "".join(letter if unicodedata.category(letter)[0] in "LNMS" else " " for letter in bare)
    return unicodedata.normalize("NFC", bare)


_folds = _Folds()


def composed(text: str) -> str:
    """As `fold` wants it, and as good to show."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    return composed(text).translate(_folds)


def offsets(text: str, folded: str) -> list[int] | range:
    """For every character of `folded` which one of the composed text it comes from, and one more for the end."""
    if len(text) == len(folded):
        return range(len(text) + 1)
    places = [place for place, character in enumerate(text) for _ in _folds[ord(character)]]
    return [*places, len(text)]


def words(text: str) -> list[str]:
    """What of a text goes into the index, each once: words, of a run of unspaced script its pairs and single letters.

    No word has anything in it but letters, digits, marks and symbols, and none is an underscore.
    """
    found: dict[str, None] = {}
    for piece in PIECE.findall(fold(text)):
        if RUN.match(piece):
            found |= dict.fromkeys(map("".join, pairwise(piece)))
            found |= dict.fromkeys(piece)
        else:
            found[piece[:LONGEST_WORD]] = None
    size, kept = 0, []
    for word in found:
        size += len(word.encode())
        if size > MOST_BYTES:
            break
        kept.append(word)
    return kept


class Query:
    """What somebody looks for: all of its words, the last of which may not be typed to its end yet."""

    def __init__(self, text: str) -> None:
        folded = fold(text)
        self.pieces: list[str] = list(dict.fromkeys(PIECE.findall(folded)))
        last = PIECE.findall(folded)[-1:] if folded and not folded.endswith(" ") else []
        # One letter begins too many words.
        self.beginning = last[0] if last and len(last[0]) > 1 and not RUN.match(last[0]) else None

    def __bool__(self) -> bool:
        return bool(self.pieces)

    @cached_property
    def words(self) -> list[tuple[str, bool]]:
        """Indexed words a text must have, and whether a word that begins with it will do. `fits` knows all of them."""
        wanted: dict[str, bool] = {}
        for piece in self.pieces:
            if not RUN.match(piece):
                wanted[piece[:LONGEST_WORD]] = piece == self.beginning
            elif len(piece) == 1:
                wanted[piece] = False
            else:
                wanted |= dict.fromkeys(map("".join, pairwise(piece)), False)
        return list(wanted.items())[:MOST_WORDS]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds each of its pieces in a folded text."""
        longest_first = sorted(self.pieces, key=len, reverse=True)
        return re.compile("|".join(map(self._pattern, longest_first)))

    def fits(self, folded: str) -> bool:
        """The index knows pairs of letters, not whether they stand side by side."""
        return all(re.search(self._pattern(piece), folded) for piece in self.pieces)

    def _pattern(self, piece: str) -> str:
        if RUN.match(piece):
            return re.escape(piece)
        end = "" if piece == self.beginning else f"(?!{LETTER})"
        return f"(?<!{LETTER}){re.escape(piece)}{end}"


ROOM = 160
"""Characters of an excerpt."""

BEFORE = 48
"""Of these before what was found."""


def excerpt(text: str, query: Query, *, whole: bool = False) -> list[tuple[str, bool]]:
    """The piece of a text in which most of what was looked for stands, and which parts of it to mark."""
    text = composed(text)
    folded = text.translate(_folds)
    places = offsets(text, folded)
    found = [match.span() for match in islice(query.pattern.finditer(folded), 30)]
    start, end = (0, len(text)) if whole else _window(text, folded, places, found)
    parts, at = [("… " if start else "", False)], start
    for first, last in ((places[first], places[last - 1] + 1) for first, last in found):
        if at <= first and last <= end:
            parts += [(text[at:first], False), (text[first:last], True)]
            at = last
    parts += [(text[at:end], False), (" …" if end < len(text) else "", False)]
    return [(" ".join(f"_{part}_".split())[1:-1], marked) for part, marked in parts if part]


def _window(text: str, folded: str, places: list[int] | range, found: list[tuple[int, int]]) -> tuple[int, int]:
    def wealth(span: tuple[int, int]) -> int:
        return len({folded[first:last] for first, last in found if span[0] <= first < span[0] + ROOM - BEFORE})

    begin = places[max(found, key=wealth)[0]] if found else 0
    start = max(0, begin - BEFORE)
    if start:
        # At the beginning of a word, where there is one.
        start += 1 + text[start:begin].find(" ")
    end = min(len(text), start + ROOM)
    if end < len(text) and (gap := text.rfind(" ", begin + ROOM // 2, end)) > 0:
        end = gap
    return start, end
