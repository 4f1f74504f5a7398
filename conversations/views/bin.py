"""Deleting, and taking it back."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from conversations import bin  # noqa: A004
from conversations.refusals import NotYours
from conversations.views.access import Request
from conversations.views.acts import act, done
from conversations.views.branches import restore


@require_POST
@act
def delete(request: Request, conversation: UUID) -> HttpResponse:
    """Without a script the next page offers to take it back."""
    if not bin.throw_away(request.user.pk, [conversation]):
        raise NotYours
    return done(request, reverse("home"))


@require_POST
@act
def undo(request: Request, conversation: UUID) -> HttpResponse:
    """What was done last and can be undone: the deletion of a conversation, before a clearing of it."""
    if not bin.take_back(request.user.pk, [conversation]):
        restore(request, conversation)
    return done(request, reverse("conversations:detail", args=[conversation]))
