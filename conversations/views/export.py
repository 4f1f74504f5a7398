"""A conversation to take away."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from conversations.export import FORMATS, file_name
from conversations.transcripts import load
from conversations.views.access import Request
from conversations.views.pages import owned


@require_safe
def export(request: Request, conversation: UUID, kind: str) -> HttpResponse:
    row = owned(request.user, conversation)
    opened = load(row)
    if opened is None or kind not in FORMATS:
        raise Http404
    name = f"{file_name(opened.transcript.title or str(row.id))}.{kind}"
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    written = FORMATS[kind].write(opened.transcript)
    return HttpResponse(written, content_type=FORMATS[kind].content_type, headers=headers)
