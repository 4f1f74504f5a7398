"""Prompts an empty page offers."""

from __future__ import annotations

from typing import NamedTuple


class Starter(NamedTuple):
    title: str
    prompt: str


FOR_A_MODEL = (
    Starter("Explain something", "Explain how a rainbow comes about, simply and with one surprising fact."),
    Starter("Plan a trip", "Plan a relaxed weekend in Rome, with a table of what to see when."),
    Starter("Write for me", "Write a friendly e-mail that moves a meeting from Tuesday to Thursday."),
    Starter("Help me code", "Write a Python function that finds duplicate files in a folder, and explain it."),
)

FOR_THE_GUIDE = (
    Starter("Look around", "What can I do on this site?"),
    Starter("Connect a model", "How do I connect a real language model?"),
    Starter("See the formatting", "Show me what the formatting of a reply can do."),
    Starter("Where my words go", "Where are my conversations kept, and who can read them?"),
)
