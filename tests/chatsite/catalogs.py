"""The catalogs as translators write them, and as the site reads them."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.plugin import ROOT

DOMAINS = ("django", "djangojs")
LOCALES = sorted(path.name for path in (ROOT / "locale").iterdir())
KEYWORD = re.compile(r'(msgctxt|msgid|msgid_plural|msgstr|msgstr\[\d\]) (".*")')


@dataclass
class Entry:
    flags: str = ""
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def originals(self) -> list[str]:
        return [self.texts[name] for name in ("msgid", "msgid_plural") if name in self.texts]

    @property
    def translations(self) -> list[str]:
        return [text for name, text in self.texts.items() if name.startswith("msgstr")]


def path_of(locale: str, domain: str, ending: str, root: Path = ROOT) -> Path:
    return root / "locale" / locale / "LC_MESSAGES" / f"{domain}.{ending}"


def written(path: Path) -> list[Entry]:
    """What a .po file says; the head of the file is no entry."""
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    return [entry for entry in map(_entry, blocks) if entry.texts.get("msgid")]


def _entry(block: str) -> Entry:
    entry, name = Entry(), ""
    for line in block.split("\n"):
        if line.startswith("#, "):
            entry.flags = line
        elif found := KEYWORD.fullmatch(line):
            name = found[1]
            entry.texts[name] = ast.literal_eval(found[2])
        elif line.startswith('"'):
            entry.texts[name] += ast.literal_eval(line)
    return entry


def compiled(path: Path) -> dict[str, list[str]]:
    """What a .mo file says: for each text its translation, or all its forms."""
    with path.open("rb") as file:
        catalog: dict[str | tuple[str, int], str] = vars(gettext.GNUTranslations(file))["_catalog"]
    found: dict[str, list[str]] = {}
    for key, text in sorted(catalog.items(), key=str):
        found.setdefault(key if isinstance(key, str) else key[0], []).append(text)
    return found


def everywhere() -> Iterator[tuple[str, str, Entry]]:
    for locale in LOCALES:
        for domain in DOMAINS:
            for entry in written(path_of(locale, domain, "po")):
                yield locale, domain, entry
