"""The words of a text as the guide compares them: lower case and by their stem."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from llm.backends import vocabulary
from llm.backends.vocabulary import FOREIGN, STOP_WORDS

_WORD = re.compile(r"[^\W_]+(?:_[^\W_]+)*")

_PHRASES = tuple(
    (part, re.compile(rf"\b(?:{pattern})\b"), word)
    for part, pattern, word in (
        ("", r"(?:sign|log)(?:g?ing|g?ed|s)?[ -]?in|log[ -]?on", "signin"),
        ("o", r"(?:sign|log)(?:g?ing|g?ed|s)?[ -]?(?:out|off)", "signout"),
        ("up", r"sign(?:ing|ed|s)?[ -]?up", "signup"),
        ("up", r"set(?:ting|s)?[ -]up", "setup"),
        ("up", r"back(?:ing|s|ed)?[ -]up", "backup"),
        ("mail", r"e-mails?", "email"),
        ("health", r"health[ -]?checks?", "health check"),
        ("hugging", r"hugging ?face", "huggingface"),
        ("llama", r"llama[. ]?cpp", "llamacpp"),
        ("time", r"time[ -]?(?:d )?outs?", "timeout"),
        ("source", r"open[ -]source", "opensource"),
        ("open", r"open ?ai", "openai"),
        ("shut", r"shut(?:ting)? ?down", "shutdown"),
        ("java", r"java ?script", "javascript"),
        ("gpt", r"chat ?gpt", "chatgpt"),
        ("out", r"(?:get|take|pull) ((?:\w+ ){1,3})out", r"export \1"),
        ("t", r"(?:do|does|is|ca|wo|did)n'?t|cannot", "not"),
        ("good", r"good (?:morning|afternoon|evening|night|day)", "hello"),
        ("'", r"(\w+)'(?:s|m|re|ve|ll|d)", r"\1"),
    )
)


@cache
def stem(word: str) -> str:
    """A light stem: it joins `deleting`, `deleted` and `deletes`, but not `server` and `serve`."""
    if len(word) <= 3 or not word.isalpha():
        return word
    for ending, rest, least in (
        ("ies", "y", 5),
        ("sses", "ss", 6),
        ("ations", "", 9),
        ("ation", "", 8),
        ("ions", "", 8),
        ("ion", "", 7),
        ("ings", "", 7),
        ("ing", "", 6),
        ("ied", "y", 5),
        ("ed", "", 5),
        ("es", "e", 5),
        ("s", "", 4),
    ):
        if word.endswith(ending) and len(word) >= least and not (ending == "s" and word[-2] in "sui"):
            word = word.removesuffix(ending) + rest
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiosl":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word


def words(text: str, *, parts: bool = False) -> list[str]:
    """The words in order, unstemmed; with `parts`, `LLM_BASE_URL` gives itself and its three parts."""
    text = _joined(text)
    found = []
    for word in _WORD.findall(text):
        found.append(word)
        if parts and "_" in word:
            found.extend(word.split("_"))
    return found


def each_words(texts: Iterable[str]) -> list[list[str]]:
    """The words of several short texts; all at once, because the many patterns cost more than the text."""
    return [_WORD.findall(line) for line in _joined("\n".join(texts)).split("\n")]


def _joined(text: str) -> str:
    """In lower case, with words that belong together as one."""
    text = text.lower().replace("’", "'")
    for part, pattern, word in _PHRASES:
        # To look for a part is many times quicker than to try the pattern.
        if part in text:
            text = pattern.sub(word, text)
    return text


def content(found: Iterable[str]) -> list[str]:
    """The stems of the words that say what a text is about."""
    return [stem(word) for word in found if word not in STOP_WORDS and len(word) > 1]


def is_foreign(found: Iterable[str]) -> bool:
    """Whether the words are more probably of another language than English."""
    found = list(found)
    odd = sum(not word.isascii() for word in found)
    foreign = sum(word in FOREIGN for word in found)
    english = sum(word in STOP_WORDS for word in found)
    return odd * 3 > len(found) or foreign > english


def _synonyms() -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for line in vocabulary.SYNONYMS:
        group = {stem(word) for word in line}
        for word in group:
            groups.setdefault(word, set()).update(group - {word})
    return {word: frozenset(others) for word, others in groups.items()}


SYNONYMS = _synonyms()
