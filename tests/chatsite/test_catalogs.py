"""The translations: whole, compiled, and true to the texts they stand for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import gettext, override, to_locale

from llm.errors import LLMError
from tests.chatsite.catalogs import DOMAINS, LOCALES, Entry, compiled, everywhere, path_of, written
from tests.plugin import ROOT, blank

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
MARKUP = re.compile(r"""</?\w+|&\w+;|[<>"]""")
SPOKEN = ("accounts", "chatsite", "conversations", "llm", "watching", "static/js", "templates", "locale")


def complaints(check: str, found: list[tuple[str, str, Entry]]) -> list[str]:
    return [f"{locale}/{domain}: {entry.texts['msgid']!r} {check}" for locale, domain, entry in found]


def test_every_language_of_the_site_has_its_catalogs() -> None:
    assert sorted(to_locale(code) for code, _ in settings.LANGUAGES if code != "en") == LOCALES
    assert all(path_of(locale, domain, "mo").exists() for locale in LOCALES for domain in DOMAINS)


def test_everything_is_translated() -> None:
    found = [
        one for one in everywhere() if "fuzzy" in one[2].flags or not one[2].translations or "" in one[2].translations
    ]
    assert complaints("has no translation; see CONTRIBUTING.md", found) == []


def test_placeholders_are_those_of_the_text() -> None:
    found = []
    for locale, domain, entry in everywhere():
        wanted = {tuple(sorted(PLACEHOLDER.findall(text))) for text in entry.originals}
        if not {tuple(sorted(PLACEHOLDER.findall(text))) for text in entry.translations} <= wanted:
            found.append((locale, domain, entry))
    assert complaints("has other placeholders", found) == []


def test_a_translation_brings_no_markup_of_its_own() -> None:
    found = []
    for locale, domain, entry in everywhere():
        allowed = [Counter(MARKUP.findall(text)) for text in entry.originals]
        if any(Counter(MARKUP.findall(text)) not in allowed for text in entry.translations):
            found.append((locale, domain, entry))
    assert complaints("has markup of its own", found) == []


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_compiled_is_what_was_written(locale: str, domain: str) -> None:
    said = {entry.texts["msgid"]: entry.translations for entry in written(path_of(locale, domain, "po"))}
    known = compiled(path_of(locale, domain, "mo"))
    known.pop("", None)
    assert known == said, "run `make messages`"


@pytest.mark.skipif(not shutil.which("xgettext"), reason="the gettext tools are not installed")
def test_every_text_in_the_code_is_in_every_catalog(tmp_path: Path) -> None:
    for name in SPOKEN:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc", "*.mo"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    for domain in DOMAINS:
        command = [sys.executable, "manage.py", "makemessages", "--domain", domain, "--all", "--no-location"]
        subprocess.run(
            [*command, "--no-obsolete", "--no-wrap"],
            cwd=tmp_path,
            env=blank() | {"VAR_DIR": str(tmp_path / "var")},
            check=True,
            capture_output=True,
        )
    for locale in LOCALES:
        for domain in DOMAINS:
            now = {tuple(entry.originals) for entry in written(path_of(locale, domain, "po", tmp_path))}
            known = {tuple(entry.originals) for entry in written(path_of(locale, domain, "po"))}
            assert now == known, "run `make messages`, then translate what is new"


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_a_moment_can_become_a_time_in_the_sentences_of_failures(language: str) -> None:
    moment = compiled(path_of(to_locale(language), "djangojs", "mo"))["a moment"][0] if language != "en" else "a moment"
    waiting = [kind.sentence for kind in LLMError.__subclasses__() if "a moment" in kind.sentence]
    assert waiting
    with override(language):
        assert [sentence for sentence in waiting if moment not in gettext(sentence)] == []
