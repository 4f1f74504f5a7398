"""Errors no view handled: a sentence for a person, for a script what every refusal tells."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.debug import SafeExceptionReporterFilter

from accounts.adapter import MailAway
from accounts.sign_in import wants_json
from conversations.document import Unreadable
from conversations.refusals import TooLarge
from conversations.store import StoreError

STORE_AWAY = _("The conversations cannot be reached right now. Nothing is lost; please try again in a moment.")
UNREADABLE = _(
    "This conversation cannot be read: its file is damaged, or written by a newer version. It was left as it is; please"
    " tell who runs this site."
)
MAIL_AWAY = _("The e-mail could not be sent. Please try again in a few minutes.")
DATABASE_AWAY = _("The database cannot be reached right now. Nothing is lost; please try again in a moment.")


def answer(
    request: HttpRequest,
    status: int,
    code: str,
    message: str | Promise,
    *,
    template: str = "",
    retry_after: int | None = None,
) -> HttpResponse:
    """`retry_after` counts seconds."""
    response: HttpResponse
    if wants_json(request):
        refusal: dict[str, object] = {"code": code, "message": message, "retry_after": retry_after, "errors": {}}
        response = JsonResponse(refusal, status=status)
    else:
        response = render(request, template or f"{status}.html", {"message": message}, status=status)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 400, "bad_request", _("That request was not understood."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 403, "forbidden", _("You may not do that."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 404, "not_found", _("There is nothing here, or it is not yours."))


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(
        request, 403, "csrf", _("This page is out of date. Reload it and try again."), template="403_csrf.html"
    )


def too_large(request: HttpRequest) -> HttpResponse:
    return answer(request, 413, TooLarge.code, TooLarge.sentence, template="400.html")


def too_slow(request: HttpRequest) -> HttpResponse:
    return answer(request, 408, "too_slow", _("Your request took too long to arrive."), template="400.html")


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """For django-allauth, whose limits count per minute."""
    return answer(
        request, 429, "too_many", _("That was too often. Please wait a minute, then try again."), retry_after=60
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls this inside its except block, so the cause is still known."""
    cause = sys.exc_info()[1]
    if isinstance(cause, StoreError):
        return answer(request, 503, "store", STORE_AWAY, retry_after=10)
    if isinstance(cause, Unreadable):
        return answer(request, 500, "unreadable", UNREADABLE)
    if isinstance(cause, OperationalError | InterfaceError):
        return answer(request, 503, "database", DATABASE_AWAY, retry_after=10)
    if isinstance(cause, MailAway):
        return answer(request, 503, "mail", MAIL_AWAY, retry_after=300)
    return answer(request, 500, "error", _("Something went wrong here. It has been logged; please try again."))


class HideSecrets(SafeExceptionReporterFilter):
    """The page for developers hides what is marked as sensitive too: it may be somebody else's."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True
