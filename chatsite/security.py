"""What every answer says to browsers, whatever it is: a page, a file, a stream, a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.templatetags.static import static
from django.utils.decorators import sync_and_async_middleware

from chatsite.diagram import SCRIPTS
from chatsite.limits import refusal

OFF = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "keyboard-map",
    "local-fonts",
    "magnetometer",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
"""Of what a page may ask a browser for, all that none of ours does. The microphone is for dictation."""

HEADERS = {
    "Permissions-Policy": ", ".join(["microphone=(self)", *(f"{name}=()" for name in OFF)]),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Pages hold what people have said; whatever may be kept says so itself.
    "Cache-Control": "private, no-store",
}


def policy(logo: str, sign_in: str = "") -> str:
    """What a model says ends up in our pages: nothing there may run, and nothing may be fetched from elsewhere.

    Browsers hold a form to its rule after redirects too, so where people can sign in with another site it is named.
    """
    # A source with a query would be ignored as a whole.
    picture = urlsplit(logo)._replace(query="", fragment="").geturl() if logo.startswith("https://") else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: {picture}".rstrip(),
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "frame-src 'self'",
            f"form-action 'self' {sign_in}".rstrip(),
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def all_headers() -> dict[str, str]:
    provider = urlsplit(settings.OPENID_PROVIDER_URL)
    sign_in = f"{provider.scheme}://{provider.netloc}" if settings.HUGGING_FACE_SIGN_IN else ""
    return {"Content-Security-Policy": policy(settings.SITE_LOGO, sign_in), **HEADERS}


@sync_and_async_middleware
def guard(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The outermost: nothing leaves without these headers. Refuses what is too large before anybody reads it."""
    headers = all_headers()

    def guarded(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        for name, value in headers.items():
            if name != "X-Frame-Options" or not getattr(response, "xframe_options_exempt", False):
                response.headers.setdefault(name, value)
        response.headers.setdefault("Cross-Origin-Resource-Policy", whose(request.path))
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            response.headers.setdefault("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")
        return response

    if iscoroutinefunction(get_response):

        async def around(request: HttpRequest) -> HttpResponseBase:
            return guarded(request, refusal(request) or await get_response(request))
    else:

        def around(request: HttpRequest) -> HttpResponseBase:  # type: ignore[misc]
            return guarded(request, refusal(request) or get_response(request))

    return around


def whose(path: str) -> str:
    """The frame of a diagram has no origin of its own, so what it runs is for everybody: two files of the program."""
    is_framed = path.startswith(settings.STATIC_URL) and path in {static(name) for name in SCRIPTS}
    return "cross-origin" if is_framed else "same-origin"
