from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language, ngettext

from conversations.drawn import articles
from conversations.page import Shown

register = template.Library()


@register.simple_tag(takes_context=True)
def article(context: Any, message: Shown) -> SafeString:
    """The message in the page, drawn anew only where it may have changed or is special in this page."""
    drawing: Any = context.template.engine.get_template("conversations/message.html")
    window = context.get("window")
    is_first_of_window = window and window.first == message.id
    if is_first_of_window or not message.is_settled:
        with context.push(message=message, role=message.role):
            return SafeString(drawing.render(context))
    alone = Context({"message": message, "role": message.role, "model_name": message.model_name})
    reader = (get_language(), get_current_timezone_name())
    return articles.html((message, *reader), lambda: SafeString(drawing.render(alone)))


@register.filter
def thought(milliseconds: int) -> str:
    """How long a model thought, in whole seconds or minutes."""
    seconds = max(1, round(milliseconds / 1000))
    if seconds < 100:
        return ngettext("Thought for %(count)s second", "Thought for %(count)s seconds", seconds) % {"count": seconds}
    minutes = round(seconds / 60)
    return ngettext("Thought for %(count)s minute", "Thought for %(count)s minutes", minutes) % {"count": minutes}
