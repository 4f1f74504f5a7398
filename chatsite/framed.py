"""What stands in the frame in which Hugging Face shows a Space: the way out of it.

Who is framed can be made to click what they do not see, and browsers send their cookies there no more. So nothing else
of the site is shown in a frame, and this holds nothing but a link.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import sync_and_async_middleware
from django.utils.translation import override

from accounts.language import asked_for


@sync_and_async_middleware
def way_out(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    if iscoroutinefunction(get_response):

        async def out(request: HttpRequest) -> HttpResponseBase:
            response: HttpResponseBase = page(request) if is_framed(request) else await get_response(request)
            return response
    else:

        def out(request: HttpRequest) -> HttpResponseBase:  # type: ignore[misc]
            response: HttpResponseBase = page(request) if is_framed(request) else get_response(request)
            return response

    return out


def is_framed(request: HttpRequest) -> bool:
    """Whether a browser asks for what it shows in a frame of another site's page."""
    asked = request.headers
    return asked.get("Sec-Fetch-Dest") == "iframe" and asked.get("Sec-Fetch-Site") == "cross-site"


def page(request: HttpRequest) -> HttpResponse:
    with override(asked_for(request)):
        response = render(request, "framed.html", {"catalog": ""})
    response.headers["Content-Security-Policy"] = policy()
    # What the policy says goes before it, and it knows no other site.
    response.xframe_options_exempt = True
    return response


def policy() -> str:
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self' data:",
            "form-action 'none'",
            "base-uri 'none'",
            f"frame-ancestors {settings.FRAMED_BY}",
        )
    )
