"""Acts on a conversation: one each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.db import transaction
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.sign_in import wants_json
from conversations import changes, search
from conversations.archive import Deleted
from conversations.forms import RenameForm
from conversations.models import Conversation
from conversations.refusals import Invalid, NotYours, Refused, StoreAway
from conversations.store import StoreError
from conversations.transcripts import change
from conversations.views.access import Request, fields_of, refuse
from conversations.views.pages import owned

P = ParamSpec("P")


def act(view: Callable[Concatenate[Request, P], HttpResponse]) -> Callable[Concatenate[Request, P], HttpResponse]:
    """A view whose refusals, also those of the store, are said to who asked."""

    @wraps(view)
    def acting(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            with refusing():
                return view(request, *args, **kwargs)
        except Refused as refused:
            return refuse(request, refused)

    return acting


@contextmanager
def refusing() -> Iterator[None]:
    """What the archive raises, in the words for who asked."""
    try:
        yield
    except Deleted as error:
        raise NotYours from error
    except StoreError as error:
        raise StoreAway from error


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
    change(row, lambda transcript: transcript.set_title(title, "user", timezone.now()))
    with transaction.atomic():
        Conversation.objects.filter(id=row.id).update(
            title=title, title_by=Conversation.TitleBy.USER, changed_at=timezone.now()
        )
        search.titled(row.id)
    return done(request, row.get_absolute_url())


@require_POST
def read(request: Request, conversation: UUID) -> HttpResponse:
    row = owned(request.user, conversation)
    changes.mark_read(row)
    return done(request, row.get_absolute_url())


def done(request: Request, url: str) -> HttpResponse:
    return HttpResponse(status=204) if wants_json(request) else HttpResponseRedirect(url, status=303)
