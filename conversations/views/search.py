"""The page of the search, and the list of hits alone for the sidebar."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from conversations import finding
from conversations.forms import storable
from conversations.views.access import Request


@require_safe
def search(request: Request) -> HttpResponse:
    text = storable(request.GET.get("q", ""))
    before = request.GET.get("before", "")
    titles = request.GET.get("in") == "titles"
    # More than a row can have would be refused by the database.
    cursor = min(int(before[:19]), finding.END) if before.isdecimal() else None
    found = finding.find(request.user, text, before=cursor, titles=titles)
    context = {
        "query": text[: finding.LONGEST],
        "too_long": len(text) > finding.LONGEST,
        "found": found,
        "titles_only": titles,
        "titles_url": _url(text, {"in": "titles"}),
        "next_url": _url(text, {"in": "titles"} if titles else {}, found.next_cursor) if found.next_cursor else "",
    }
    template = "found" if request.GET.get("part") == "results" else "search"
    return render(request, f"conversations/{template}.html", context)


def _url(text: str, where: dict[str, str], before: int | None = None) -> str:
    cursor = {"before": str(before)} if before else {}
    return f"{reverse('search')}?{urlencode({'q': text[: finding.LONGEST], **where, **cursor})}"
