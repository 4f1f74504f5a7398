"""What changed, for the pages that are open elsewhere."""

from __future__ import annotations

from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conversations import changes
from conversations.refusals import Invalid
from conversations.views.access import Request


@require_safe
@never_cache
def since(request: Request) -> JsonResponse:
    cursor = request.GET.get("since")
    try:
        found = changes.present(request.user) if cursor is None else changes.since(request.user, cursor)
    except Invalid as refused:
        return JsonResponse(refused.as_json(), status=refused.status)
    return JsonResponse({"user": str(request.user.pk), **found.as_json()})
