"""One message: its text, what is known of it, what the user makes of it."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from conversations import admission, asking, branches
from conversations.events import EventStream
from conversations.forms import EditForm, RatingForm
from conversations.message import Message
from conversations.offer import model_name
from conversations.refusals import Refused, StillAnswering
from conversations.transcripts import archive, change
from conversations.views.access import Request, refuse
from conversations.views.acts import act, done, refusing, sent
from conversations.views.branches import owned_and_quiet
from conversations.views.pages import opened_or_404, owned
from conversations.views.replies import signed_in


@require_safe
@act
def text(request: Request, conversation: UUID, message: UUID) -> HttpResponse:
    """The Markdown it was written in."""
    found = branches.message_in(opened_or_404(owned(request.user, conversation)).transcript, message)
    return HttpResponse(found.text, content_type="text/plain; charset=utf-8")


@require_safe
@act
def details(request: Request, conversation: UUID, message: UUID) -> HttpResponse:
    """How it came about, as a piece of a page."""
    found = branches.message_in(opened_or_404(owned(request.user, conversation)).transcript, message)
    return render(request, "conversations/details.html", {"message": found} | _numbers(found))


def _numbers(message: Message) -> dict[str, object]:
    """Times in seconds, the speed in tokens a second from the first to the last; None where it is not known."""
    timing, usage = message.timing_ms or {}, message.usage or {}
    first, total, tokens = timing.get("first"), timing.get("total"), usage.get("completion_tokens")
    writing = total - first if total and first is not None else 0
    return {
        "model_name": model_name(message.model),
        "first": first / 1000 if first else None,
        "total": total / 1000 if total else None,
        "speed": tokens / writing * 1000 if tokens and writing > 0 else None,
    }


@require_POST
@act
def rate(request: Request, conversation: UUID, message: UUID) -> HttpResponse:
    row = owned(request.user, conversation)
    rating = sent(RatingForm, request)
    if row.replies.running().filter(id=message).exists():
        raise StillAnswering
    rated = partial(branches.rate, message_id=message, **rating, now=timezone.now())
    # The reply may just have been continued, in as many revisions.
    change(row, rated, again=True)
    return done(request, f"{row.get_absolute_url()}#said-{message}")


@require_POST
async def edit(request: Request, conversation: UUID, message: UUID) -> HttpResponseBase:
    """A message in other words is a version of its own: a question is answered anew, a reply stands as it is."""
    try:
        new = sent(EditForm, request)["text"]
        question = await sync_to_async(_edited)(request, conversation, message, new)
        if question:
            user = signed_in(request)
            reply = await asking.ask(
                user,
                conversation,
                message=branches.version_id(question, new),
                parent=UUID(question.parent) if question.parent else None,
                text=new,
            )
            if "text/event-stream" in request.headers.get("Accept", ""):
                return EventStream(asking.events(reply, user, conversation))
    except Refused as refused:
        return refuse(request, refused)
    return done(request, reverse("conversations:detail", args=[conversation]))


def _edited(request: Request, conversation: UUID, message: UUID, new: str) -> Message | None:
    """The question that is to be asked in these words; whatever else the edit means has been done."""
    row = owned_and_quiet(request, conversation)
    transcript = opened_or_404(row).transcript
    old = branches.message_in(transcript, message)
    if old.text == new:
        return None
    if old.role == "user" and not archive().knows(transcript, branches.version_id(old, new)):
        return old
    with refusing():
        opened = change(row, lambda transcript: branches.edit(transcript, message, new, timezone.now()))
    shown = branches.message_in(opened.transcript, branches.version_id(old, new))
    now = timezone.now()
    with transaction.atomic():
        admission.index(opened, shown, changed_at=now, branched_at=now, updated_at=opened.transcript.updated_at)
    return None
