"""Prompts an empty page offers."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Starter(NamedTuple):
    title: str | Promise
    prompt: str | Promise


FOR_A_MODEL = (
    Starter(_("Explain something"), _("Explain how a rainbow comes about, simply and with one surprising fact.")),
    Starter(_("Plan a trip"), _("Plan a relaxed weekend in Rome, with a table of what to see when.")),
    Starter(_("Write for me"), _("Write a friendly e-mail that moves a meeting from Tuesday to Thursday.")),
    Starter(_("Help me code"), _("Write a Python function that finds duplicate files in a folder, and explain it.")),
)

# Asked in English: the guide's pages are.
FOR_THE_GUIDE = (
    Starter(_("Look around"), "What can I do on this site?"),
    Starter(_("Connect a model"), "How do I connect a real language model?"),
    Starter(_("See the formatting"), "Show me what the formatting of a reply can do."),
    Starter(_("Where my words go"), "Where are my conversations kept, and who can read them?"),
)
