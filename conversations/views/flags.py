"""Pinned, archived, tags: set from the page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from conversations import flags
from conversations.forms import FlagForm, TagsForm
from conversations.models import Conversation
from conversations.views.access import Request
from conversations.views.acts import act, done, sent
from conversations.views.pages import owned


@require_POST
@act
def pin(request: Request, conversation: UUID) -> HttpResponse:
    row = owned(request.user, conversation)
    flags.pin(row, on=sent(FlagForm, request)["on"])
    return done(request, row.get_absolute_url())


@require_POST
@act
def archive(request: Request, conversation: UUID) -> HttpResponse:
    row = owned(request.user, conversation)
    flags.set_flags(row, archived=sent(FlagForm, request)["on"])
    return done(request, back_to(request, row))


@require_POST
@act
def tags(request: Request, conversation: UUID) -> HttpResponse:
    row = owned(request.user, conversation)
    flags.set_flags(row, tags=sent(TagsForm, request)["tags"])
    return done(request, row.get_absolute_url())


def back_to(request: Request, row: Conversation) -> str:
    """The list from which a form was sent, or the conversation."""
    came_from = request.headers.get("Referer", "")
    listed = reverse("conversations:archived")
    if listed in came_from and url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return listed
    return row.get_absolute_url()
