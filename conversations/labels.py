"""Our own few words in the HTML of a message, which is made in English, once, for all who read it."""

from __future__ import annotations

import re

from django.utils.html import escape
from django.utils.translation import get_language, gettext, gettext_noop

OURS = {
    "Back to the text of note": gettext_noop("Back to the text of note %(number)s"),
    "Code": gettext_noop("Code"),
    "Copy code": gettext_noop("Copy code"),
    "Image": gettext_noop("Image"),
    "Note": gettext_noop("Note %(number)s"),
    "Table": gettext_noop("Table"),
    "Task": gettext_noop("Task"),
}

# All of it is written by us alone: where a model says the same, its quotes and brackets are escaped.
ATTRIBUTE = re.compile(
    r'(<(?:button class="code-copy" type="button"|input type="checkbox" disabled=""(?: checked="")?'
    r'|div class="table-scroll" tabindex="0" role="group"'
    r'|a (?:class="footnote-back" )?href="#[\w-]+"(?: id="[\w-]+")?))'
    r' aria-label="([A-Za-z ]+?)(?: (\d+))?"( title="Copy code")?'
)
TEXT = re.compile(r'(<span class="code-language">(?=Code</span>)|<(?:a|span) class="image"[^>]*>)(Code|Image)')


def in_readers_words(html: str) -> str:
    """With these words in the language that is active; what a model said stays as it is."""
    if (get_language() or "en") == "en":
        return html
    return TEXT.sub(lambda found: found[1] + _ours(found[2]), ATTRIBUTE.sub(_attribute, html))


def _attribute(found: re.Match[str]) -> str:
    label = _ours(found[2], found[3])
    return f'{found[1]} aria-label="{label}"' + (f' title="{label}"' if found[4] else "")


def _ours(words: str, number: str | None = None) -> str:
    return escape(gettext(OURS[words]) % {"number": number})
