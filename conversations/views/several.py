"""What is done with several conversations at once: those of them that are the user's and still there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import IO, cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from conversations import bin, flags  # noqa: A004
from conversations.archive import Deleted
from conversations.export import zipped
from conversations.forms import ArchiveSeveralForm, ExportSeveralForm, SeveralForm
from conversations.models import Conversation
from conversations.refusals import NotYours
from conversations.transcript import Transcript
from conversations.transcripts import at_once
from conversations.views.access import Request
from conversations.views.acts import act, done, sent

PIECE = 65536


@require_POST
@act
def archive_all(request: Request) -> HttpResponse:
    fields = sent(ArchiveSeveralForm, request)
    rows = rows_of(request, fields["conversations"])
    for transcript in at_once(lambda row: archived(row, on=fields["on"]), rows):
        if transcript:
            flags.follow(transcript)
    return done(request, reverse("conversations:archived"))


def archived(row: Conversation, *, on: bool) -> Transcript | None:
    """None when it was deleted meanwhile."""
    try:
        return flags.change(row, archived=on)
    except Deleted:
        return None


@require_POST
@act
def delete(request: Request) -> HttpResponse:
    if not bin.throw_away(request.user.pk, sent(SeveralForm, request)["conversations"]):
        raise NotYours
    return done(request, reverse("home"))


@require_POST
@act
def undo(request: Request) -> HttpResponse:
    if not bin.take_back(request.user.pk, sent(SeveralForm, request)["conversations"]):
        raise NotYours
    return done(request, reverse("home"))


@require_POST
@act
def export(request: Request) -> HttpResponse:
    fields = sent(ExportSeveralForm, request)
    file = zipped(rows_of(request, fields["conversations"]), fields["kind"])
    name = f"conversations-{timezone.localdate():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Encoding": "identity"}
    return cast(HttpResponse, StreamingHttpResponse(pieces(file), content_type="application/zip", headers=headers))


async def pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := await sync_to_async(file.read)(PIECE):
            yield piece


def rows_of(request: Request, conversations: list[UUID]) -> list[Conversation]:
    rows = list(Conversation.objects.owned_by(request.user).filter(id__in=conversations).newest_first())
    if not rows:
        raise NotYours
    return rows
