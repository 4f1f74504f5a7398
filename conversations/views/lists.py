"""Lists beside the sidebar: what is archived, and what has a tag."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from conversations import flags, sidebar
from conversations.models import Conversation, ConversationQuerySet
from conversations.views.access import Request


@require_safe
@ensure_csrf_cookie
def archived(request: Request) -> HttpResponse:
    return listed(request, Conversation.objects.owned_by(request.user).archived(), {"archived": True})


def tagged(request: Request, tag: str) -> HttpResponse:
    found = Conversation.objects.owned_by(request.user).filter(flags.tagged(request.user, tag))
    return listed(request, found, {"tag": " ".join(tag.split())})


def listed(request: Request, conversations: ConversationQuerySet, context: dict[str, Any]) -> HttpResponse:
    found, cursor = sidebar.page(conversations, request.GET.get("after", ""))
    context |= {"rows": found, "next_cursor": cursor, "tags": flags.tags_of(request.user)}
    return render(request, "conversations/list.html", context)
