"""What makes the site an app: its manifest, and the page a browser shows when the site cannot be reached."""

from __future__ import annotations

import hashlib
import json
import textwrap
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page

from chatsite.static import BUNDLE, styles_in_bundle

PAGE_COLORS = {"light": "#fbfbf9", "dark": "#181c1b"}
"""What static/css/tokens.css calls --gray-1: a manifest and a browser's bar know no style sheets."""

SHORT = 12
"""Characters that fit below an icon."""

PICTURES = {".png": "image/png", ".svg": "image/svg+xml", ".webp": "image/webp", ".jpg": "image/jpeg"}


@login_not_required
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    name = settings.SITE_NAME
    fields = {
        "id": "/",
        "name": name,
        "short_name": textwrap.wrap(name, SHORT)[0],
        "lang": get_language() or settings.LANGUAGE_CODE,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": PAGE_COLORS["light"],
        "background_color": PAGE_COLORS["light"],
        "icons": icons(settings.SITE_LOGO),
    }
    return JsonResponse(fields, content_type="application/manifest+json")


def icons(logo: str) -> list[dict[str, str]]:
    """The operator's own picture, and then nothing of ours."""
    if logo:
        kind = PICTURES.get(PurePosixPath(logo.partition("?")[0]).suffix.lower())
        return [{"src": logo, "sizes": "any"} | ({"type": kind} if kind else {})]
    return [
        {"src": static(f"icons/{name}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for name, size, purpose in (
            ("icon-192", 192, "any"),
            ("icon-512", 512, "any"),
            ("maskable-512", 512, "maskable"),
        )
    ]


@login_not_required
@conditional_page
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It is another one, for browsers, as soon as the page it keeps is."""
    kept = [reverse("offline"), *parts_of_the_page()]
    page = render_to_string("offline.html", looks(), request)
    version = hashlib.sha256("\n".join([page, *kept]).encode()).hexdigest()[:12]
    context = {"version": version, "kept": json.dumps(kept)}
    return render(request, "service-worker.js", context, content_type="text/javascript")


@login_not_required
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "offline.html", looks())


def looks() -> dict[str, Any]:
    """The same for everybody: which theme this browser has, static/js/offline.js finds out."""
    return {"theme": "auto"}


def parts_of_the_page() -> list[str]:
    # While one develops, the style sheets are not put into one.
    names = [BUNDLE, "js/offline.js", *(styles_in_bundle() if settings.DEBUG else [])]
    return [static(name) for name in names]
