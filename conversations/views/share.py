"""What everybody with a link may read."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.preferences import theme
from accounts.sign_in import wants_json
from conversations import sharing
from conversations.facets import Share
from conversations.forms import FlagForm
from conversations.page import shown
from conversations.transcript import Transcript
from conversations.transcripts import archive
from conversations.views.access import Request
from conversations.views.acts import act, done, sent
from conversations.views.pages import opened_or_404, owned


@require_http_methods(["GET", "HEAD", "POST"])
@act
def share(request: Request, conversation: UUID) -> HttpResponse:
    """What is known of its link; with POST it is shared until now, or no longer."""
    row = owned(request.user, conversation)
    if request.method == "POST":
        if sent(FlagForm, request)["on"]:
            sharing.share(row, timezone.now())
        else:
            sharing.withdraw(row, timezone.now())
        if not wants_json(request):
            return done(request, reverse("conversations:share", args=[row.id]))
    transcript = opened_or_404(row).transcript
    link = sharing.link_of(transcript)
    url = request.build_absolute_uri(reverse("shared", args=[link])) if link else None
    said_since = bool(transcript.share and link and transcript.share.message != transcript.leaf)
    if wants_json(request):
        return JsonResponse({"url": url, "said_since": said_since})
    context = {"conversation": row, "url": url, "said_since": said_since, "theme": theme(request.COOKIES)}
    return render(request, "conversations/share.html", context)


@require_safe
@login_not_required
@never_cache
def page(request: Request, link: UUID) -> HttpResponse:
    transcript, shared = shared_or_404(link)
    end: str | None = shared.message
    if before := request.GET.get("before"):
        end = _parent_in(transcript, shared, before)
    messages, older = shown(transcript, end)
    context = {
        "title": transcript.title,
        "shared_at": shared.changed_at,
        "messages": messages,
        "older": older,
        "theme": theme(request.COOKIES),
    }
    response = render(request, "shared.html", context)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def shared_or_404(link: UUID) -> tuple[Transcript, Share]:
    for row in sharing.rows_with(link):
        transcript = opened_or_404(row).transcript
        if transcript.share and sharing.link_of(transcript) == link:
            return transcript, transcript.share
    raise Http404


def _parent_in(transcript: Transcript, shared: Share, before: str) -> str | None:
    """Only what was said above the end of what is shared is; other branches are not."""
    for message in archive().upwards(transcript, shared.message):
        if message.id == before:
            return message.parent
    raise Http404
