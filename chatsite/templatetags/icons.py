"""The icons of the page, which all lie in one drawing at its head (`icons.html`)."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """Says nothing to who cannot see it: the button or the link has a name of its own."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#icon-{}" /></svg>', name)
