"""The title in whatever a model says when it is asked for one."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterator

from llm import storable
from llm import title_words as words

INPUT_LIMIT = 50_000
LINE_LIMIT = 600
WORDS = 8
WIDTH = 60
ANSWER_WORDS = 14
ANSWER_WIDTH = 160

_TEXT_FENCE = re.compile(r"(?:te?xt|plain\w*|markdown|md|json|title|html|xml|yaml)?", re.IGNORECASE)

_LEAD = re.compile(r"^(?:#{1,6}\s+|>\s*|[-*+•‣▪◦·–—]\s+|\(?\d{1,2}[.)]\s+)+")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_TAG = re.compile(
    r"</?(?:a|b|br|center|code|div|em|font|h[1-6]|head|html|i|iframe|img|li|mark|p|script|small|span|strong|style"
    r"|sub|sup|svg|title|u|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_INLINE = re.compile(r"\*\*(?=\S)([^*]+)\*\*|(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])|~~([^~]+)~~|`+([^`]+)`+")
_EMOJI = re.compile(
    "[0-9#*]\ufe0f?\u20e3|[\U0001f000-\U0001faff\u2600-\u266c\u2670-\u27bf\u2b00-\u2bff\u231a\u231b\u2328\u23cf"
    "\u23e9-\u23f3\u23f8-\u23fa\u203c\u2049\u3030\u303d\u3297\u3299\U000e0020-\U000e007f\u20e3]"
    "|[\u2190-\u21ff\u25a0-\u25ff]\ufe0f"
)
_QUOTES = [
    "“”",
    "„“",
    "„”",
    "””",
    "““",
    "«»",
    "»«",
    "‹›",
    "‘’",
    "‚‘",
    "’’",
    "「」",
    "『』",
    "《》",
    "〈〉",
    "【】",
]
_QUOTES += ["〔〕", "＂＂", '""', "''", "``", "`'", "´´", "[]", "()", "{}", "**", "__"]
_LONE_QUOTES = '"“”„«»`「」『』《》＂'
_TRAILING = " \t.,;:!…-–—~·|。！，、：；"
_INITIALS = re.compile(r"(?:^|\s)(?:[A-Z]\.){2,}$")

_TITLE_FIELD = re.compile(r'"(?:\w{0,20}_)?(?:title|name)"\s*:\s*"([^"\\\n]{1,300})', re.IGNORECASE)
_SENTENCES = re.compile(r"[.!?]\s+\S|[。！？]\S")


def answer_line(raw: str) -> str:
    """The one line that may be a title; empty where there is none."""
    text = unicodedata.normalize("NFC", storable.clean(raw[:INPUT_LIMIT]))
    text = _without_thinking(text)
    pieces = (words.TOKEN.sub("", piece).strip() for piece in words.END_TOKEN.split(text))
    text = next(filter(None, pieces), "")
    named = _from_json(text)
    if named is not None:
        text = storable.clean(named)
    fence = re.match(r"\s*(?:```|~~~)[ \t]*([\w+#.-]*)", text)
    if fence and not _TEXT_FENCE.fullmatch(fence[1]):
        return ""
    lines = list(lines_of(text))
    for number, line in enumerate(lines):
        last = number + 1 == len(lines)
        if line.rstrip("*_ ").endswith((":", "：")) or (words.FILLER.match(line) and not last):
            continue
        return _named_in(line[:LINE_LIMIT])
    return ""


def tidied(line: str) -> str:
    """The line without Markdown, emoji, labels and quotes."""
    text = line[:LINE_LIMIT].strip()
    text = _LEAD.sub("", text)
    text = _LINK.sub(r"\1", text)
    text = html.unescape(_TAG.sub("", text))
    text = _INLINE.sub(lambda found: next(part for part in found.groups() if part is not None), text)
    text = _visible(_EMOJI.sub("", text))
    for _ in range(4):
        bare = _unquoted(words.LABEL.sub("", text, count=1))
        if bare == text:
            break
        text = bare
    return text


def is_title(text: str, prompt: str) -> bool:
    """Not a refusal, a generic word, an echo of the prompt, or an answer to the question itself."""
    folded = text.casefold().strip(" ?!.")
    parts = text.split()
    if not any(char.isalpha() for char in text) or words.PLACEHOLDER.match(folded):
        return False
    echo = len(parts) > 2 and folded in prompt.casefold()
    if echo or folded.startswith(prompt.casefold()[:22]):
        return False
    if words.REFUSAL.search(text) or words.TALK.search(text):
        return False
    if len(parts) > ANSWER_WORDS or _width(text) > ANSWER_WIDTH or max(map(_width, parts)) > 2 * WIDTH:
        return False
    return not (_SENTENCES.search(text) and (len(parts) > WORDS or _width(text) > WIDTH))


def shortened(text: str) -> str:
    """At most eight words and sixty columns; a Chinese character takes two."""
    kept = text.split()[:WORDS]
    while len(kept) > 1 and _width(" ".join(kept)) > WIDTH:
        kept.pop()
    short = " ".join(kept)
    while _width(short) > WIDTH:
        short = short[:-1]
    if short == " ".join(text.split()):
        return short
    while short and unicodedata.combining(text[len(short)] if len(short) < len(text) else " "):
        short = short[:-1]
    return short.rstrip(_TRAILING) + "…"


def _without_thinking(text: str) -> str:
    """Linear on purpose: a model may open a tag ten thousand times."""
    text = words.FINAL_CHANNEL.split(text)[-1]
    closes = list(words.THINKING_CLOSES.finditer(text))
    if closes:
        after = text[closes[-1].end() :]
        if after.strip() and not words.THINKING_OPENS.match(after.strip()):
            text = after
    return words.THINKING_OPENS.split(text, maxsplit=1)[0]


def _from_json(text: str) -> str | None:
    start, end = text.find("{"), text.rfind("}")
    if start >= 0:
        try:
            document = json.loads(text[start : end + 1])
        except (ValueError, RecursionError):
            pass
        else:
            strings = [value for value in document.values() if isinstance(value, str)]
            named = (value for key, value in document.items() if "title" in key.lower() or key.lower() == "name")
            return next((value for value in named if isinstance(value, str)), strings[0] if strings else "")
        if found := _TITLE_FIELD.search(text, start):
            return found[1]
    if text.startswith("["):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return next((value for value in document if isinstance(value, str)), "")
    return None


def lines_of(text: str) -> Iterator[str]:
    """The lines that say something: no fence, rule or row of emoji."""
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped.startswith(("```", "~~~")) and any(char.isalnum() for char in _EMOJI.sub("", stripped)):
            yield stripped


def _named_in(line: str) -> str:
    """`Sure, here is a title: X` and `A good title would be "X".`"""
    preamble = words.PREAMBLE.search(line)
    colon = re.search(r"[:：]\s*(?=\S)", line[preamble.start() :]) if preamble else None
    if preamble and colon:
        return line[preamble.start() + colon.end() :]
    quoted = [next(filter(None, groups)) for groups in words.QUOTED.findall(line)]
    quoted = [part for part in quoted if not words.PLACEHOLDER.match(part.strip(" :：").casefold())]
    if len(quoted) == 1 and len(line.split()) > len(quoted[0].split()) + 2 and words.NAMED.search(line):
        return str(quoted[0])
    return line


def _visible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for index, char in enumerate(text):
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category[0] == "Z" or char in "\t\n\r\v\f\x85":
            kept.append(" ")
        elif char in "\u200c\u200d":
            # Persian and the scripts of India spell with these two; elsewhere they only hide.
            if _spells(text[index - 1 : index]) and _spells(text[index + 1 : index + 2]):
                kept.append(char)
        elif char != storable.REPLACEMENT and category[0] != "C" and not "\ufe00" <= char <= "\ufe0f" and marks <= 3:
            kept.append(char)
    return " ".join("".join(kept).split())


def _spells(char: str) -> bool:
    return "\u0600" <= char <= "\u1fff"


def _unquoted(text: str) -> str:
    text = text.strip().lstrip("-–—•:,;|* ").strip()
    for pair in _QUOTES:
        if len(text) > 2 and text[0] == pair[0] and text[-1] == pair[1]:
            inner = text[1:-1]
            if pair[0] not in inner and pair[1] not in inner:
                text = inner.strip()
    if text[:1] in _LONE_QUOTES and not any(char in _LONE_QUOTES for char in text[1:]):
        text = text[1:].strip()
    if text[-1:] in _LONE_QUOTES and not any(char in _LONE_QUOTES for char in text[:-1]):
        text = text[:-1].strip()
    return text if _INITIALS.search(text) else text.rstrip(_TRAILING)


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))
