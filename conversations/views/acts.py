"""Acts on a conversation: one each."""

from __future__ import annotations

from uuid import UUID

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


@require_POST
def rename(request: Request, conversation: UUID) -> HttpResponse:
    row = owned(request.user, conversation)
    try:
        form = RenameForm(fields_of(request))
        if not form.is_valid():
            raise Invalid(form.errors)
        title = form.cleaned_data["title"]
        archive().change(row.owner_id, row.id, lambda transcript: transcript.set_title(title, "user", timezone.now()))
    except Refused as refused:
        return refuse(request, refused)
    except Deleted:
        return refuse(request, NotYours())
    except StoreError:
        return refuse(request, StoreAway())
    Conversation.objects.filter(id=row.id).update(
        title=title, title_by=Conversation.TitleBy.USER, changed_at=timezone.now()
    )
    return done(request, row.get_absolute_url())


@require_POST
def delete(request: Request, conversation: UUID) -> HttpResponse:
    """The object goes before the row: what a failure leaves behind can be deleted again."""
    row = owned(request.user, conversation)
    row.replies.running().update(stop_requested=True)
    try:
        archive().delete(row.owner_id, row.id)
    except StoreError:
        return refuse(request, StoreAway())
    row.delete()
    changes.tell_of_deletion(row.owner_id)
    return done(request, reverse("home"))


@require_POST
def current(request: Request, conversation: UUID) -> HttpResponse:
    """Another version of a message is shown, with what was said after it last."""
    row = owned(request.user, conversation)
    try:
        form = CurrentForm(fields_of(request))
        if not form.is_valid():
            raise Invalid(form.errors)
        if row.replies.running().exists():
            raise StillAnswering
        message = form.cleaned_data["message"]
        archive().change(row.owner_id, row.id, lambda transcript: _show(transcript, message))
    except Refused as refused:
        return refuse(request, refused)
    except Deleted:
        return refuse(request, NotYours())
    except StoreError:
        return refuse(request, StoreAway())
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
