"""Acts on a conversation: one each."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.sign_in import wants_json
from conversations import changes
from conversations.archive import Deleted
from conversations.forms import CurrentForm, RenameForm
from conversations.models import Conversation
from conversations.refusals import Invalid, NotYours, Refused, StillAnswering, StoreAway
from conversations.store import StoreError
from conversations.transcript import Transcript
from conversations.transcripts import archive
from conversations.views.access import Request, fields_of, refuse
from conversations.views.pages import owned

P = ParamSpec("P")


def act(view: Callable[Concatenate[Request, P], HttpResponse]) -> Callable[Concatenate[Request, P], HttpResponse]:
    """A view whose refusals, also those of the store, are said to who asked."""

    @wraps(view)
    def acting(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            return refuse(request, refused)
        except Deleted:
            return refuse(request, NotYours())
        except StoreError:
            return refuse(request, StoreAway())

    return acting


def sent(form_class: type[Form], request: Request) -> dict[str, Any]:
    form = form_class(fields_of(request))
    if not form.is_valid():
        raise Invalid(form.errors)
    return form.cleaned_data


@require_POST
@act
def rename(request: Request, conversation: UUID) -> HttpResponse:
    row = owned(request.user, conversation)
    title = sent(RenameForm, request)["title"]
    archive().change(row.owner_id, row.id, lambda transcript: transcript.set_title(title, "user", timezone.now()))
    Conversation.objects.filter(id=row.id).update(
        title=title, title_by=Conversation.TitleBy.USER, changed_at=timezone.now()
    )
    return done(request, row.get_absolute_url())


@require_POST
@act
def delete(request: Request, conversation: UUID) -> HttpResponse:
    """The object goes before the row: what a failure leaves behind can be deleted again."""
    row = owned(request.user, conversation)
    row.replies.running().update(stop_requested=True)
    archive().delete(row.owner_id, row.id)
    row.delete()
    changes.tell_of_deletion(row.owner_id)
    return done(request, reverse("home"))


@require_POST
@act
def current(request: Request, conversation: UUID) -> HttpResponse:
    """Another version of a message is shown, with what was said after it last."""
    row = owned(request.user, conversation)
    message = sent(CurrentForm, request)["message"]
    if row.replies.running().exists():
        raise StillAnswering
    archive().change(row.owner_id, row.id, lambda transcript: _show(transcript, message))
    Conversation.objects.filter(id=row.id).update(changed_at=timezone.now())
    return done(request, f"{row.get_absolute_url()}#said-{message}")


def _show(transcript: Transcript, message: UUID) -> None:
    if not archive().knows(transcript, message):
        raise NotYours
    transcript.set_current(archive().leaf_below(transcript, message), timezone.now())


@require_POST
def read(request: Request, conversation: UUID) -> HttpResponse:
    row = owned(request.user, conversation)
    changes.mark_read(row)
    return done(request, row.get_absolute_url())


def done(request: Request, url: str) -> HttpResponse:
    return HttpResponse(status=204) if wants_json(request) else HttpResponseRedirect(url, status=303)
