"""How the model of a conversation is to answer, and which one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync, sync_to_async
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.preferences import preferences, theme
from accounts.sign_in import wants_json
from conversations import offer, presets
from conversations.forms import ModelField
from conversations.models import Conversation
from conversations.refusals import Invalid, Refused
from conversations.transcripts import change
from conversations.tuning import NAMES, TuningForm, initial_of, settings_of
from conversations.views.access import Request, fields_of, refuse
from conversations.views.acts import act, done, refusing
from conversations.views.pages import opened_or_404, owned

FREE = frozenset(NAMES)


class SettingsForm(TuningForm):
    model = ModelField()


@require_http_methods(["GET", "HEAD", "POST"])
@ensure_csrf_cookie
def settings(request: Request, conversation: UUID) -> HttpResponse:
    row = owned(request.user, conversation)
    if request.method != "POST":
        return page(request, row)
    form = None
    try:
        given = fields_of(request, free=FREE)
        form = SettingsForm(given)
        changes = changed(form, given)
        with refusing():
            change(row, lambda transcript: transcript.set_settings(timezone.now(), **changes), again=True)
            # What other processes remember is too old from now on.
            Conversation.objects.filter(id=row.id).update(tag="")
    except Refused as refused:
        if form is None or wants_json(request):
            return refuse(request, refused)
        if not form.errors:
            form.add_error(None, str(refused.sentence))
        return page(request, row, form, status=refused.status)
    if not wants_json(request):
        messages.success(request, _("Saved."))
    return done(request, row.get_absolute_url())


@require_http_methods(["GET", "HEAD", "POST"])
@act
def fields(request: Request) -> HttpResponse:
    """The fields of a conversation that has not begun; its settings come with the first message, and are tried here."""
    if request.method == "POST":
        tuned(fields_of(request, free=FREE))
        return HttpResponse(status=204)
    return page(request, None)


def changed(form: SettingsForm, given: dict[str, Any]) -> dict[str, Any]:
    """What was sent of the settings; the others stay. Raises Invalid."""
    if not form.is_valid():
        raise Invalid(form.errors)
    values = settings_of(form.cleaned_data) | {"model": form.cleaned_data["model"] or None}
    return {name: value for name, value in values.items() if name in given}


async def begun_with(user: User, preset: UUID | None, given: Any) -> dict[str, Any]:
    """The settings a new conversation begins with: those of a preset, and before them those given. Raises Invalid."""
    if preset is None:
        return tuned(given)
    known = await sync_to_async(presets.preset)(user, preset)
    if known is None:
        raise Invalid({"preset": [_("There is no such preset any more.")]})
    return known.settings() | tuned(given)


def tuned(given: Any) -> dict[str, Any]:
    """What was given of the settings. Raises Invalid."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Invalid({"settings": [_("These are not settings.")]})
    return changed(SettingsForm(given), {name: given[name] for name in given if name in FREE})


def page(
    request: Request, row: Conversation | None, form: SettingsForm | None = None, *, status: int = 200
) -> HttpResponse:
    """A page of its own; only its fields for a script, and where no conversation is there to be saved."""
    known = opened_or_404(row).transcript.settings if row else None
    preset = None if row else presets.preset(request.user, request.GET.get("preset", ""))
    raw = known.raw() if known else preset.settings() if preset else {}
    config = offer.config_of(request.user)
    model = request.GET.get("model") or raw.get("model")
    offered = offer.offered(config, request.user, model)
    context: dict[str, Any] = {
        "conversation": row,
        "form": form or SettingsForm(initial=initial_of(raw) | {"model": raw.get("model") or ""}),
        "model_name": offered.name,
        "ignored": offer.ignored(config, offered.model),
        "theme": theme(request.COOKIES, preferences(request.user.preferences)),
    }
    if row is None or "part" in request.GET:
        return render(request, "conversations/tuning.html", context, status=status)
    context["chosen"] = (form and form.data.get("model")) or raw.get("model") or ""
    context["models"] = async_to_sync(offer.models)(config, context["chosen"])
    return render(request, "conversations/settings.html", context, status=status)
