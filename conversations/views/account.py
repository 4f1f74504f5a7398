"""Leaving: everything to take away, and the end of an account."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import cast

from allauth.account.authentication import get_authentication_records
from allauth.core import ratelimit
from asgiref.sync import sync_to_async
from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import LeaveForm
from accounts.preferences import preferences, theme
from accounts.sign_in import wants_json
from conversations.closing import close
from conversations.refusals import Invalid, Refused
from conversations.takeout import takeout
from conversations.views.access import Request, fields_of, refuse

FRESH = 600
"""Seconds for which having signed in is a proof of who it is."""


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def delete(request: Request) -> HttpResponse:
    if settings.SINGLE_USER:
        raise Http404
    if request.method != "POST":
        return page(request, LeaveForm(request.user))
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        refused: HttpResponse = ratelimit.respond_429(request)
        return refused
    try:
        form = LeaveForm(request.user, fields_of(request))
    except Refused as refused:
        return refuse(request, refused)
    if form.is_valid() and not is_fresh(request):
        form.add_error(None, _("Sign in with Hugging Face again first."))
    if not form.is_valid():
        return refuse(request, Invalid(form.errors)) if wants_json(request) else page(request, form, 400)
    user = request.user
    close(user.id)
    logout(request)
    if wants_json(request):
        return HttpResponse(status=204)
    return render(request, "account_deleted.html", {"gone": user.id, "theme": theme(request.COOKIES)})


def page(request: Request, form: forms.Form, status: int = 200) -> HttpResponse:
    known = preferences(request.user.preferences)
    context = {"form": form, "is_fresh": is_fresh(request), "theme": theme(request.COOKIES, known)}
    return render(request, "account_delete.html", context, status=status)


def is_fresh(request: Request) -> bool:
    """Who has no password proves who they are by having signed in just now."""
    if request.user.has_usable_password():
        return True
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < FRESH for record in records)


@require_safe
@never_cache
def export(request: Request) -> HttpResponse:
    name = f"chatsite-{timezone.localdate():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Encoding": "identity"}
    sent = pieces(takeout(request.user))
    return cast(HttpResponse, StreamingHttpResponse(sent, content_type="application/zip", headers=headers))


async def pieces(sent: Iterator[bytes]) -> AsyncIterator[bytes]:
    while piece := await sync_to_async(lambda: next(sent, b""))():
        yield piece
