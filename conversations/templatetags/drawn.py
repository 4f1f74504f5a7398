from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language, ngettext

from conversations.drawn import pieces
from conversations.models import Conversation
from conversations.page import Shown

register = template.Library()


@register.simple_tag(takes_context=True)
def drawn(context: Any, name: str, **given: Hashable) -> SafeString:
    """A template that asks for nothing but what it is given, the reader's language and their time zone.

    Not for forms: their token is another in each page.
    """
    return _drawn(context, name, (*given, *given.values()), given)


@register.simple_tag(takes_context=True)
def article(context: Any, message: Shown) -> SafeString:
    """The message in the page, drawn anew only where it may have changed or is special in this page."""
    name = "conversations/message.html"
    window = context.get("window")
    is_first_of_window = window and window.first == message.id
    if is_first_of_window or not message.is_settled:
        with context.push(message=message, role=message.role):
            return SafeString(_template(context, name).render(context))
    given = {"message": message, "role": message.role, "model_name": message.model_name}
    return _drawn(context, name, message.looks, given)


@register.simple_tag(takes_context=True)
def row(context: Any, conversation: Conversation) -> SafeString:
    """A conversation in the sidebar, marked where it is the one that is open."""
    opened: Any = context.get("conversation")
    is_opened = bool(opened) and opened.id == conversation.id
    names = ("id", "title", "updated_at", "pinned", "answering", "unread")
    looks = (*(getattr(conversation, name) for name in names), *conversation.tags, is_opened)
    return _drawn(context, "conversations/row.html", looks, {"row": conversation, "is_opened": is_opened})


def _drawn(context: Any, name: str, looks: tuple[Hashable, ...], given: Mapping[str, Any]) -> SafeString:
    def draw() -> SafeString:
        return SafeString(_template(context, name).render(Context(given)))

    # Who works on a template wants to see it.
    return draw() if settings.DEBUG else pieces.html((name, *looks, get_language(), get_current_timezone_name()), draw)


def _template(context: Any, name: str) -> Any:
    return context.template.engine.get_template(name)


@register.filter
def thought(milliseconds: int) -> str:
    """How long a model thought, in whole seconds or minutes."""
    seconds = max(1, round(milliseconds / 1000))
    if seconds < 100:
        return ngettext("Thought for %(count)s second", "Thought for %(count)s seconds", seconds) % {"count": seconds}
    minutes = round(seconds / 60)
    return ngettext("Thought for %(count)s minute", "Thought for %(count)s minutes", minutes) % {"count": minutes}
