from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def thought(milliseconds: int) -> str:
    """How long a model thought, in whole seconds or minutes."""
    seconds = max(1, round(milliseconds / 1000))
    count, unit = (seconds, "second") if seconds < 100 else (round(seconds / 60), "minute")
    return f"Thought for {count} {unit}{'' if count == 1 else 's'}"
