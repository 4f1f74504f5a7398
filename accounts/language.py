"""The reader's language: the one they have chosen, else what their browser asks for, else English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts.models import User
from accounts.preferences import preferences


class ReaderLanguage(MiddlewareMixin):
    """Where nobody has signed in a cookie tells what was chosen here last.

    It is also what pages without sign-in go by: they look for no user, and so need no database.
    """

    def process_request(self, request: HttpRequest) -> None:
        kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        translation.activate(kept if kept in dict(settings.LANGUAGES) else asked_for(request))

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if getattr(view, "login_required", True) and request.user.is_authenticated:
            speak_to(request.user, request)
            request.has_reader = True  # type: ignore[attr-defined]
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        if hasattr(request, "has_reader") and isinstance(request.user, User):
            _remember(chosen_by(request.user), request, response)
        return response


def speak_to(user: User, request: HttpRequest) -> None:
    """From here on the request is answered in the user's language."""
    translation.activate(chosen_by(user) or asked_for(request))


def chosen_by(user: User) -> str | None:
    """None where the browser is to decide."""
    language = preferences(user.preferences).language
    return None if language == "auto" else language


def asked_for(request: HttpRequest) -> str:
    """By the browser: the first of its languages that there is."""
    for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def _remember(chosen: str | None, request: HttpRequest, response: Any) -> None:
    name = settings.LANGUAGE_COOKIE_NAME
    if chosen is None and name in request.COOKIES:
        response.delete_cookie(name, samesite="Lax")
    elif chosen and request.COOKIES.get(name) != chosen:
        response.set_cookie(
            name,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
