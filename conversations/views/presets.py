"""The presets a user keeps, and those of the site: a page of them all, and a page of each of one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST

from accounts.preferences import preferences, theme
from accounts.sign_in import wants_json
from conversations import offer, presets
from conversations.library import Gone, TooMany, deleted
from conversations.preset_form import PresetForm
from conversations.presets import MOST, Preset
from conversations.refusals import Invalid, NoSuchPreset, Refused
from conversations.views.access import Request, body_of, refuse
from conversations.views.profile import change_own

DELETED = "deleted_preset"
"""In the session: what the next page offers to bring back. It is read once."""


@require_http_methods(["GET", "HEAD", "POST"])
@ensure_csrf_cookie
def library(request: Request) -> HttpResponse:
    if request.method == "POST":
        return _saved(request, None)
    if wants_json(request):
        return JsonResponse({"presets": [_as_json(one) for one in presets.presets_of(request.user)]})
    return _page(request, PresetForm(), None, deleted=request.session.pop(DELETED, None))


@require_http_methods(["GET", "HEAD", "POST"])
@ensure_csrf_cookie
def preset(request: Request, preset: UUID) -> HttpResponse:
    known = _find(request, preset)
    if request.method == "POST":
        return _saved(request, known) if known else _gone(request)
    if known is None:
        return refuse(request, NoSuchPreset())
    if wants_json(request):
        return JsonResponse(_as_json(known))
    return _page(request, PresetForm(initial=known.fields()), known)


@require_POST
def delete(request: Request, preset: UUID) -> HttpResponse:
    known = _find(request, preset)
    try:
        if known is None:
            raise NoSuchPreset
        change_own(request, "presets", lambda entries: deleted(entries, known.id, timezone.now()))
    except Refused as refused:
        return refuse(request, refused)
    if wants_json(request):
        return HttpResponse(status=204)
    request.session[DELETED] = known.fields()
    return HttpResponseRedirect(reverse("presets"), status=303)


@require_POST
def copy(request: Request, preset: UUID) -> HttpResponse:
    """One's own of one of the site's, or of another of one's own."""
    known = presets.preset(request.user, preset)
    try:
        if known is None:
            raise NoSuchPreset
        mine = Preset.of_fields(str(uuid4()), known.fields())
        _keep(request, partial(presets.added, preset=mine, now=timezone.now()))
    except Refused as refused:
        if wants_json(request) or not isinstance(refused, Invalid):
            return refuse(request, refused)
        messages.error(request, " ".join(refused.errors["__all__"]))
        return HttpResponseRedirect(reverse("presets"), status=303)
    mine = presets.twin(request.user.presets, mine) or mine
    if wants_json(request):
        return JsonResponse(_as_json(mine))
    messages.success(request, gettext("It is yours now. Change it as you like."))
    return HttpResponseRedirect(reverse("preset", args=[mine.id]), status=303)


def _find(request: Request, preset: UUID) -> Preset | None:
    """One's own only: the site's are changed by its staff."""
    return next((known for known in presets.own(request.user.presets) if known.id == str(preset)), None)


def _as_json(preset: Preset) -> dict[str, Any]:
    return {"id": preset.id, **preset.fields(), "own": preset.is_own}


def _saved(request: Request, known: Preset | None) -> HttpResponse:
    """Adds one, or changes the one that is known; a form that cannot be saved comes back with what was typed."""
    form = None
    try:
        sent = body_of(request)
        is_page = isinstance(sent, QueryDict)
        # A script may send only what changes.
        form = PresetForm(sent if is_page or not known else known.fields() | sent)
        _save(request, form, known)
    except NoSuchPreset:
        return _gone(request)
    except Refused as refused:
        if form is None or wants_json(request) or not is_page:
            return refuse(request, refused)
        if not form.errors:
            form.add_error(None, str(refused.sentence))
        return _page(request, form, known, status=refused.status)
    if wants_json(request):
        return HttpResponse(status=204)
    messages.success(request, gettext("Saved."))
    return HttpResponseRedirect(reverse("presets"), status=303)


def _gone(request: Request) -> HttpResponse:
    """Deleted elsewhere while it was edited here: what was typed comes back in the form that adds one."""
    try:
        sent = body_of(request)
    except Refused as refused:
        return refuse(request, refused)
    if wants_json(request) or not isinstance(sent, QueryDict):
        return refuse(request, NoSuchPreset())
    form = PresetForm(sent)
    form.add_error(
        None, gettext("This was deleted meanwhile. What you wrote is still here, and you can add it as a new one.")
    )
    return _page(request, form, None, status=NoSuchPreset.status)


def _save(request: Request, form: PresetForm, known: Preset | None) -> None:
    """Raises Refused; what is wrong with a field stands in the form then."""
    if not form.is_valid():
        raise Invalid(form.errors)
    one = Preset.of_fields(known.id if known else str(uuid4()), form.cleaned_data)
    make = presets.changed if known else presets.added
    try:
        _keep(request, partial(make, preset=one, now=timezone.now()))
    except Invalid as refused:
        for sentence in refused.errors["__all__"]:
            form.add_error(None, sentence)
        raise


def _keep(request: Request, make: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Raises Refused."""
    try:
        request.user.presets = change_own(request, "presets", make)
    except TooMany as error:
        sentence = gettext("You have %(count)s presets, and there can be no more. Delete one first.")
        raise Invalid({"__all__": [sentence % {"count": MOST}]}) from error
    except Gone as error:
        raise NoSuchPreset from error


def _page(
    request: Request,
    form: PresetForm,
    known: Preset | None,
    *,
    deleted: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    if wrong := next((name for name in form.fields if name in form.errors), None):
        # The form may stand below a long list.
        form.fields[wrong].widget.attrs["autofocus"] = True
    context: dict[str, Any] = {
        "form": form,
        "preset": known,
        "deleted": deleted and PresetForm(initial=deleted),
        "models": async_to_sync(offer.models)(offer.config_of(request.user)),
        "theme": theme(request.COOKIES, preferences(request.user.preferences)),
    }
    if known is None:
        context |= {"own": presets.own(request.user.presets), "sites": presets.sites()}
    return render(request, "preset.html" if known else "presets.html", context, status=status)
