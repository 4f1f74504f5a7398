"""The numbers for Prometheus, at /metrics: for staff who are signed in, and for who has METRICS_TOKEN."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import resolve
from django.utils.decorators import sync_and_async_middleware

from watching import metrics

Answer = Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def for_scrapers(get_response: Answer) -> Answer:
    """Answers before the host check and the redirect to https: who scrapes a process asks for it by its own address."""
    if iscoroutinefunction(get_response):

        async def answer_soon(request: HttpRequest) -> HttpResponseBase:
            if is_scraper(request):
                # It may read files.
                return await sync_to_async(exposition, thread_sensitive=False)()
            response: HttpResponseBase = await get_response(request)
            return response

        return answer_soon

    def answer(request: HttpRequest) -> HttpResponseBase:
        return exposition() if is_scraper(request) else get_response(request)  # type: ignore[return-value]

    return answer


@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    """Nobody else is told that there is something."""
    if not (request.user.is_active and request.user.is_staff):
        raise Http404
    return exposition()


def is_scraper(request: HttpRequest) -> bool:
    if request.path != "/metrics" or not settings.METRICS_TOKEN:
        return False
    # For its line in the log.
    request.resolver_match = resolve(request.path)
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    return secrets.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())


def exposition() -> HttpResponse:
    return HttpResponse(
        metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE, "Cache-Control": "no-store"}
    )
