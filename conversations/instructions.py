"""What a model is told before anything is said: the system prompt, and what the user says of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.preferences import Preferences

# In English: it is the language every model knows.
ABOUT_ME = "About the user:"
HOW_TO_ANSWER = "How the user wants to be answered:"


def system_prompt(site: str, preferences: Preferences, settings: Mapping[str, Any]) -> str:
    """The conversation's own, else the user's, else the site's; below it the user's custom instructions."""
    told = [_text(settings.get("system_prompt")) or _text(preferences.system_prompt) or _text(site)]
    for lead, text in ((ABOUT_ME, preferences.about_me), (HOW_TO_ANSWER, preferences.how_to_answer)):
        if said := _text(text):
            told.append(f"{lead}\n{said}")
    return "\n\n".join(filter(None, told))


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
