"""What stands in the frame in which Hugging Face shows a Space: the way out of it.

Who is framed can be made to click what they do not see, and browsers send their cookies there no more. So nothing else
of the site is shown in a frame, and this holds nothing but a link.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override

from accounts.language import asked_for
from chatsite.middleware import OnTheLoop


class WayOut(OnTheLoop):
    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        return page(request) if is_framed(request) else None


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
