from __future__ import annotations

from django import template
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def thought(milliseconds: int) -> str:
    """How long a model thought, in whole seconds or minutes."""
    seconds = max(1, round(milliseconds / 1000))
    if seconds < 100:
        return ngettext("Thought for %(count)s second", "Thought for %(count)s seconds", seconds) % {"count": seconds}
    minutes = round(seconds / 60)
    return ngettext("Thought for %(count)s minute", "Thought for %(count)s minutes", minutes) % {"count": minutes}
