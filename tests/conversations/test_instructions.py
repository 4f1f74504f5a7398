"""What a model is told before anything is said."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.preferences import Preferences
from conversations.instructions import system_prompt

MINE = Preferences(system_prompt="Mine", about_me=" I live in Oslo.\n", how_to_answer="Briefly.")


@pytest.mark.parametrize(
    ("preferences", "chat", "told"),
    [
        (Preferences(), {}, "The site's"),
        (Preferences(), {"system_prompt": None}, "The site's"),
        (Preferences(), {"system_prompt": "This chat's"}, "This chat's"),
        (Preferences(system_prompt="Mine"), {}, "Mine"),
        (Preferences(system_prompt="Mine"), {"system_prompt": "This chat's"}, "This chat's"),
        (Preferences(system_prompt="Mine"), {"system_prompt": " \n"}, "Mine"),
        (Preferences(system_prompt="Mine"), {"system_prompt": ["nonsense"]}, "Mine"),
    ],
)
def test_the_nearest_system_prompt_counts(preferences: Preferences, chat: dict[str, Any], told: str) -> None:
    assert system_prompt("The site's", preferences, chat) == told


def test_custom_instructions_stand_below_it_each_under_its_lead() -> None:
    assert system_prompt("The site's", MINE, {"system_prompt": "This chat's"}) == (
        "This chat's\n\nAbout the user:\nI live in Oslo.\n\nHow the user wants to be answered:\nBriefly."
    )
    assert system_prompt("", Preferences(how_to_answer="Briefly."), {}) == (
        "How the user wants to be answered:\nBriefly."
    )
    assert system_prompt("", Preferences(), {}) == ""
