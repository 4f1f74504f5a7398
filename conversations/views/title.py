"""A new title from the model."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.sign_in import wants_json
from conversations import title
from conversations.refusals import Refused
from conversations.views.access import Request, refuse
from conversations.views.replies import signed_in


@require_POST
async def entitle(request: Request, conversation: UUID) -> HttpResponse:
    try:
        text, by = await title.entitle(signed_in(request), conversation)
    except Refused as refused:
        return refuse(request, refused)
    if wants_json(request):
        return JsonResponse({"title": text, "title_by": by})
    return HttpResponseRedirect(reverse("conversations:detail", args=[conversation]), status=303)
