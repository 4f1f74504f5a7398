"""The tree of messages: which branch is shown, a fork of it, and a new beginning."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.closing import is_closed
from accounts.sign_in import wants_json
from conversations import admission, branches
from conversations.forms import CurrentForm, ForkForm
from conversations.models import Conversation
from conversations.refusals import NotYours, StillAnswering
from conversations.transcripts import archive, change
from conversations.views.access import Request
from conversations.views.acts import act, done, sent
from conversations.views.pages import opened_or_404, owned


@require_POST
@act
def current(request: Request, conversation: UUID) -> HttpResponse:
    """Another version of a message is shown, with what was said after it last."""
    row = owned_and_quiet(request, conversation)
    message = sent(CurrentForm, request)["message"]
    change(row, lambda transcript: branches.show(transcript, message, timezone.now()))
    changed(row)
    return done(request, f"{row.get_absolute_url()}#said-{message}")


@require_POST
@act
def clear(request: Request, conversation: UUID) -> HttpResponse:
    row = owned_and_quiet(request, conversation)
    change(row, lambda transcript: branches.clear(transcript, timezone.now()))
    changed(row)
    return done(request, row.get_absolute_url())


@require_POST
@act
def fork(request: Request, conversation: UUID) -> HttpResponse:
    """The sender may choose the id of the new conversation, so that a request sent twice makes one."""
    row = owned(request.user, conversation)
    fields = sent(ForkForm, request)
    new = fields["conversation"] or uuid4()
    there = Conversation.objects.filter(id=new).first()
    if there and there.owner_id != row.owner_id:
        raise NotYours
    if not there:
        transcript = opened_or_404(row).transcript
        now = timezone.now()
        forked = branches.fork(transcript, fields["message"], new, now)
        created = archive().create(forked)
        if is_closed(row.owner_id):
            archive().delete(row.owner_id, new)
            raise NotYours
        admission.found(created, row.model, forked.messages.values())
    url = reverse("conversations:detail", args=[new])
    if not wants_json(request):
        return HttpResponseRedirect(url, status=303)
    return HttpResponse(status=204, headers={"Location": url})


def restore(request: Request, conversation: UUID) -> None:
    """Takes a clearing back; NotYours where there has been none."""
    row = owned_and_quiet(request, conversation)
    change(row, lambda transcript: branches.restore(transcript, timezone.now()))
    changed(row)


def owned_and_quiet(request: Request, conversation: UUID) -> Conversation:
    """Raises StillAnswering while a reply is being written: what it answers to stays in view."""
    row = owned(request.user, conversation)
    if row.replies.running().exists():
        raise StillAnswering
    return row


def changed(row: Conversation) -> None:
    now = timezone.now()
    Conversation.objects.filter(id=row.id).update(changed_at=now, branched_at=now)
