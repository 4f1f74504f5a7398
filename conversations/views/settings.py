"""What users choose for themselves: each choice is saved by itself."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods

from accounts.forms import TokenForm
from accounts.language import speak_to
from accounts.preferences import chosen, options, preferences, theme
from accounts.sign_in import wants_json
from accounts.tokens import standing
from conversations.document import Unreadable
from conversations.profile import keep
from conversations.refusals import Invalid, NotKept, Refused
from conversations.store import StoreError
from conversations.transcripts import archive
from conversations.views.access import Request, fields_of, refuse

YEAR = 60 * 60 * 24 * 365
LABELS = {
    "appearance": _("Appearance"),
    "language": _("Language"),
    "send_key": _("Key that sends"),
    "announcements": _("Read replies to screen readers"),
}
HELP = {
    "language": _("Of the buttons and menus. The model answers in the language you write in."),
    "send_key": _("The other one begins a new line. On a phone, Enter always does."),
    "announcements": _("What a screen reader says while a reply is being written."),
}


class SettingsForm(forms.Form):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name, choices in options().items():
            self.fields[name] = forms.ChoiceField(
                choices=choices, label=LABELS[name], help_text=HELP.get(name, ""), widget=forms.RadioSelect
            )
            if name == "language":
                self.fields[name].widget = forms.Select(choices=choices)


@require_http_methods(["GET", "HEAD", "POST"])
@ensure_csrf_cookie
def settings(request: Request) -> HttpResponse:
    if request.method == "POST":
        try:
            values = save(request)
        except Refused as refused:
            return refuse(request, refused)
        if wants_json(request):
            return HttpResponse(status=204)
        # In the language that was chosen just now.
        speak_to(request.user, request)
        messages.success(request, _("Saved."))
        response = HttpResponseRedirect(reverse("settings"), status=303)
        if "appearance" in values:
            # For pages before the sign-in; where scripts run, they do it.
            response.set_cookie("theme", values["appearance"], max_age=YEAR, samesite="Lax")
        return response
    return page(request)


def page(request: Request, token_form: TokenForm | None = None, status: int = 200) -> HttpResponse:
    known = preferences(request.user.preferences)
    context = {
        "form": SettingsForm(initial=vars(known)),
        "theme": theme(request.COOKIES, known),
        "token": standing(request.user.id),
        "token_form": token_form or TokenForm(),
    }
    return render(request, "settings.html", context, status=status)


def save(request: Request) -> dict[str, str]:
    """What was sent of them, which is returned; the others stay. Raises Refused."""
    form = SettingsForm(fields_of(request))
    given = [name for name in form.fields if name in form.data]
    for name in form.fields.keys() - set(given):
        del form.fields[name]
    if not given or not form.is_valid():
        raise Invalid(form.errors)
    try:
        request.user.preferences = keep(archive().store, request.user, chosen(form.cleaned_data, timezone.now()))
    except (StoreError, Unreadable) as error:
        raise NotKept from error
    return form.cleaned_data
