"""The user's own token of Hugging Face: kept or forgotten, and never told again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import tokens
from accounts.forms import TokenForm
from accounts.sign_in import wants_json
from conversations.refusals import Invalid, Refused
from conversations.views.access import Request, fields_of, refuse
from conversations.views.settings import page


@sensitive_post_parameters("token")
@require_POST
def keep(request: Request) -> HttpResponse:
    try:
        form = TokenForm(fields_of(request))
    except Refused as refused:
        return refuse(request, refused)
    if not form.is_valid():
        # It stands far down on the page.
        form.fields["token"].widget.attrs["autofocus"] = True
        return (
            refuse(request, Invalid(form.errors)) if wants_json(request) else page(request, token_form=form, status=400)
        )
    tokens.keep_pasted(request.user.id, form.cleaned_data["token"])
    return done(request, _("Saved. Replies now come from your own quota."))


@require_POST
def forget(request: Request) -> HttpResponse:
    tokens.forget(request.user.id)
    return done(request, _("The token is forgotten."))


def done(request: Request, sentence: str) -> HttpResponse:
    if wants_json(request):
        return HttpResponse(status=204)
    messages.success(request, sentence)
    return HttpResponseRedirect(reverse("settings") + "#hugging-face", status=303)
