"""What users choose for themselves: each choice is saved by itself."""

from __future__ import annotations

from functools import partial

from asgiref.sync import async_to_sync
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
from accounts.preferences import LONGEST, OPTIONS, chosen, merged, preferences, theme
from accounts.sign_in import wants_json
from accounts.tokens import standing
from conversations import offer
from conversations.forms import TextField, storable
from conversations.refusals import Invalid, Refused, TooLarge
from conversations.views.access import Request, fields_of, refuse
from conversations.views.profile import change_own

YEAR = 60 * 60 * 24 * 365
LABELS = {
    "appearance": _("Appearance"),
    "language": _("Language"),
    "send_key": _("Key that sends"),
    "announcements": _("Read replies to screen readers"),
    "system_prompt": _("System prompt"),
    "about_me": _("About me"),
    "how_to_answer": _("How to answer"),
}
HELP = {
    "language": _("Of the buttons and menus. The model answers in the language you write in."),
    "send_key": _("The other one begins a new line. On a phone, Enter always does."),
    "announcements": _("What a screen reader says while a reply is being written."),
    "system_prompt": _(
        "Who the model is and how it answers, in chats that have none of their own. Empty is the site's."
    ),
    "about_me": _("What every model should know of you, such as your work or where you live."),
    "how_to_answer": _("What every model should keep to, such as short sentences or metric units."),
}
TEXTS = ("system_prompt", "about_me", "how_to_answer")
TOO_LONG = {
    "system_prompt": _("A system prompt may have at most 20,000 characters; this one has more. Shorten it."),
    **dict.fromkeys(TEXTS[1:], _("This may have at most 5,000 characters; it has more. Shorten it.")),
}


class SettingsForm(forms.Form):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name, choices in OPTIONS.items():
            self.fields[name] = forms.ChoiceField(
                choices=choices, label=LABELS[name], help_text=HELP.get(name, ""), widget=forms.RadioSelect
            )
            if name == "language":
                self.fields[name].widget = forms.Select(choices=choices.items())
        self.fields["model"] = forms.CharField(required=False, max_length=LONGEST["model"])
        for name in TEXTS:
            self.fields[name] = TextField(
                label=LABELS[name],
                help_text=HELP[name],
                required=False,
                max_length=LONGEST[name],
                error_messages={"max_length": TOO_LONG[name]},
                # The browser would cut what is pasted, and say nothing.
                widget=forms.Textarea(attrs={"rows": 4, "dir": "auto", "maxlength": None}),
            )

    def clean_model(self) -> str:
        return storable(self.cleaned_data["model"])

    def choices(self) -> list[forms.BoundField]:
        return [self[name] for name in OPTIONS]

    def texts(self) -> list[forms.BoundField]:
        return [self[name] for name in TEXTS]


@require_http_methods(["GET", "HEAD", "POST"])
@ensure_csrf_cookie
def settings(request: Request) -> HttpResponse:
    if request.method != "POST":
        return page(request)
    try:
        values = save(request)
    except Refused as refused:
        if wants_json(request) or isinstance(refused, TooLarge) or not any(name in request.POST for name in TEXTS):
            return refuse(request, refused)
        # What was typed comes back with what is wrong with it.
        form = SettingsForm(vars(preferences(request.user.preferences)) | dict(request.POST.items()))
        if form.errors.keys() - TEXTS:
            return refuse(request, refused)
        if form.is_valid():
            form.add_error(TEXTS[0], str(refused.sentence))
        return page(request, form, status=refused.status)
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


def save(request: Request) -> dict[str, str]:
    """What was sent of them, which is returned; the others stay. Raises Refused."""
    form = SettingsForm(fields_of(request))
    given = [name for name in form.fields if name in form.data]
    for name in form.fields.keys() - set(given):
        del form.fields[name]
    if not given or not form.is_valid():
        raise Invalid(form.errors)
    choices = chosen(form.cleaned_data, timezone.now())
    request.user.preferences = change_own(request, "preferences", partial(merged, choices))
    return form.cleaned_data


def page(
    request: Request, form: SettingsForm | None = None, token_form: TokenForm | None = None, status: int = 200
) -> HttpResponse:
    known = preferences(request.user.preferences)
    context = {
        "form": form or SettingsForm(initial=vars(known)),
        "theme": theme(request.COOKIES, known),
        "models": async_to_sync(offer.models)(offer.config_of(request.user), known.model),
        "token": standing(request.user.id),
        "token_form": token_form or TokenForm(),
    }
    return render(request, "settings.html", context, status=status)
