"""Colours for code, as `<span class="k">`; static/css/code.css gives each class its colour."""

import functools
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import Any

from pygments.lexer import Lexer, RegexLexer
from pygments.lexers import find_lexer_class, get_all_lexers
from pygments.token import STANDARD_TYPES, Token, _TokenType

# Lexers use expressions that text made to hurt can keep busy for minutes. So each sees only a part of the text,
# and between two tokens the clock is looked at.
LONGEST = 100_000
LONGEST_LINE = 2000
WINDOW = 2000

# Languages that models write. Any other code stays without colours.
LANGUAGES = """
    awk bash bat c cmake clojure console cpp csharp css dart diff docker elixir elm erlang fortran go graphql
    groovy haskell hcl html http ini java javascript json jsx julia kotlin less lua make markdown matlab nasm
    nginx nix ocaml perl php postgresql powershell properties protobuf python pycon r ruby rust scala scss sql
    swift terraform tex toml tsx typescript vb.net vim vue xml yaml zig
""".split()  # noqa: SIM905  seventy lines otherwise

ALIASES = {
    "cjs": "javascript",
    "dotenv": "ini",
    "env": "ini",
    "jsonc": "json",
    "json5": "json",
    "jsonl": "json",
    "kt": "kotlin",
    "kts": "kotlin",
    "mjs": "javascript",
    "mysql": "sql",
    "patch": "diff",
    "sqlite": "sql",
    "svg": "xml",
    "xhtml": "html",
}

NAMES = {
    "Bash Session": "Console",
    "GAS": "Assembly",
    "LessCss": "Less",
    "Nginx configuration file": "Nginx",
    "PostgreSQL SQL dialect": "PostgreSQL",
    "Protocol Buffer": "Protocol Buffers",
    "S": "R",
    "TeX": "LaTeX",
    "VimL": "Vim",
}

OTHER_NAMES = {"csv": "CSV", "mermaid": "Mermaid", "plain": "Text", "plaintext": "Text", "svelte": "Svelte"}
OTHER_NAMES |= {"text": "Text", "txt": "Text", "ascii": "Text"}

# The nearest of these that a token descends from gives it its class; plain names and punctuation have none.
COLORED = {
    kind: STANDARD_TYPES[kind]
    for kind in (
        Token.Comment,
        Token.Keyword,
        Token.Keyword.Type,
        Token.Literal.Number,
        Token.Literal.String,
        Token.Literal.String.Escape,
        Token.Literal.String.Interpol,
        Token.Name.Attribute,
        Token.Name.Builtin,
        Token.Name.Class,
        Token.Name.Constant,
        Token.Name.Decorator,
        Token.Name.Function,
        Token.Name.Tag,
        Token.Name.Variable,
        Token.Operator.Word,
        Token.Generic.Deleted,
        Token.Generic.Heading,
        Token.Generic.Inserted,
        Token.Generic.Output,
        Token.Generic.Prompt,
        Token.Generic.Subheading,
    )
}
CLASSES = frozenset(COLORED.values())

Lexed = tuple[int, _TokenType, str]

logger = logging.getLogger(__name__)


def language_name(language: str) -> str:
    """What a reader calls the language: "Python" for "py", and what was typed where nobody knows it."""
    word = ALIASES.get(language, language)
    name = _names().get(word)
    if name is None or word in OTHER_NAMES:
        return OTHER_NAMES.get(word, language[:30])
    return NAMES.get(name, name)


def highlight(code: str, language: str, seconds: float) -> str:
    """The code as HTML, without colours where the language is not known or they would take longer than that."""
    lexer = _lexer(ALIASES.get(language, language))
    if lexer is None or len(code) > LONGEST or max(map(len, code.split("\n"))) > LONGEST_LINE:
        return escape(code)
    if len(code) > WINDOW:
        _narrow(lexer)
    tokens = _in_time(lexer.get_tokens_unprocessed(code), seconds)
    try:
        runs = list(_joined(tokens))
    except Exception as error:  # noqa: BLE001  Hundreds of strangers wrote the lexers; without one, code is still code.
        logger.info("%s code stays without colours: %s", language, type(error).__name__)
        return escape(code)
    # A lexer that loses or repeats a character would change the code.
    if sum(len(value) for _, value in runs) != len(code):
        return escape(code)
    return "".join(f'<span class="{css}">{escape(value)}</span>' if css else escape(value) for css, value in runs)


def _in_time(items: Iterable[Lexed], seconds: float) -> Iterator[Lexed]:
    deadline = time.thread_time() + seconds
    for item in items:
        if time.thread_time() > deadline:
            raise TimeoutError
        yield item


def _narrow(lexer: Lexer) -> None:
    """Lets each expression of the lexer see no more than the window."""

    def narrowed(match: Callable[[str, int, int], object]) -> Callable[..., object]:
        return lambda text, start, end=LONGEST: match(text, start, min(end, start + WINDOW))

    if isinstance(lexer, RegexLexer):
        states: dict[str, list[tuple[Any, ...]]] = getattr(lexer, "_tokens", {})
        narrow = {name: [(narrowed(match), *rest) for match, *rest in rules] for name, rules in states.items()}
        vars(lexer)["_tokens"] = narrow


def _joined(tokens: Iterable[Lexed]) -> Iterator[tuple[str, str]]:
    css, run = "", ""
    for _, kind, value in tokens:
        found = _css(kind)
        # Spaces take the colour of what stands before them: fewer elements, the same look.
        if found == css or value.isspace():
            run += value
            continue
        if run:
            yield css, run
        css, run = found, value
    if run:
        yield css, run


@functools.cache
def _css(kind: _TokenType) -> str:
    while kind.parent is not None:
        if kind in COLORED:
            return COLORED[kind]
        kind = kind.parent
    return ""


@functools.cache
def _names() -> dict[str, str]:
    return {alias: name for name, aliases, _, _ in get_all_lexers(plugins=False) for alias in aliases}


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(_names()[language] for language in LANGUAGES)


def _lexer(language: str) -> Lexer | None:
    name = _names().get(language)
    if name is None or name not in _known():
        return None
    found = find_lexer_class(name)
    return found() if found else None


LANGUAGE = re.compile(r"[a-z0-9][a-z0-9+#._-]{0,39}")


def language_of(info: str) -> str:
    """The language in what follows a fence: "python" of "Python title=x", "{.python}" or "python:main.py"."""
    word = info.strip().lower().lstrip("{.").split(maxsplit=1)
    if not word:
        return ""
    match = LANGUAGE.match(word[0].split(":", 1)[0].rstrip("}"))
    return match.group() if match else ""
