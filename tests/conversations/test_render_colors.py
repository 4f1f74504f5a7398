"""Code is readable in both themes: every colour has the contrast that WCAG AA asks for."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from conversations.markdown.highlight import CLASSES

CSS = Path(settings.BASE_DIR) / "static" / "css"
PAIR = re.compile(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
SURFACE = "gray-2"

TOKENS = {name: (light, dark) for name, light, dark in PAIR.findall((CSS / "tokens.css").read_text())}
COLORS = {name: (light, dark) for name, light, dark in PAIR.findall((CSS / "code.css").read_text())}


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", COLORS)
@pytest.mark.parametrize("theme", [0, 1])
def test_code_colours_stand_out_from_the_surface(name: str, theme: int) -> None:
    assert contrast(COLORS[name][theme], TOKENS[SURFACE][theme]) >= 4.5


def test_the_surface_of_code_is_the_one_the_colours_were_chosen_for() -> None:
    assert f"--color-code: var(--{SURFACE})" in (CSS / "tokens.css").read_text()


def test_every_class_the_highlighter_writes_has_a_look() -> None:
    styled = set(re.findall(r"\.([a-z]{1,2})\b", (CSS / "code.css").read_text()))
    assert styled == CLASSES
