"""The prompts a user keeps: a page of them all, a page of each, and their list for the message box."""

from __future__ import annotations

import unicodedata
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST

from accounts.preferences import preferences, theme
from accounts.sign_in import wants_json
from conversations.forms import TextField, storable
from conversations.library import Gone, TooMany, deleted
from conversations.prompts import LONGEST_COMMAND, LONGEST_TEXT, MOST, Prompt, Taken, added, changed, prompts
from conversations.refusals import Invalid, NoSuchPrompt, Refused
from conversations.views.access import Request, fields_of, refuse
from conversations.views.profile import change_own

DELETED = "deleted_prompt"
"""In the session: what the next page offers to bring back. It is read once."""


class PromptForm(forms.Form):
    command = forms.CharField(
        label=_("Command"),
        help_text=_("A word without spaces, such as translate or weekly-report."),
        error_messages={"required": _("Give it a command, such as translate.")},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "dir": "auto"}),
    )
    text = TextField(
        label=_("Text"),
        help_text=_(
            "What stands in double braces, such as {{language}}, is selected for you to fill in. Tab goes to the next."
        ),
        max_length=LONGEST_TEXT,
        error_messages={
            "required": _("Write what the command puts into the message box."),
            "max_length": _("A prompt may have at most 20,000 characters; this one has more. Shorten it."),
        },
        # The browser would cut what is pasted, and say nothing.
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto", "maxlength": None}),
    )

    def clean_command(self) -> str:
        command = unicodedata.normalize("NFC", storable(self.cleaned_data["command"])).removeprefix("/")
        kinds = [unicodedata.category(sign)[0] for sign in command]
        if (
            not command
            or kinds[0] == "M"
            or any(kind not in "LMN" and sign not in "-_" for kind, sign in zip(kinds, command, strict=True))
        ):
            raise forms.ValidationError(
                gettext("A command has letters, digits, - and _ only, and no spaces."), "invalid"
            )
        if len(command) > LONGEST_COMMAND:
            raise forms.ValidationError(gettext("A command may have at most 40 characters."), "max_length")
        return command

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not text.strip():
            raise forms.ValidationError(self.fields["text"].error_messages["required"], "required")
        return text


@require_http_methods(["GET", "HEAD", "POST"])
@ensure_csrf_cookie
def library(request: Request) -> HttpResponse:
    if request.method == "POST":
        return _saved(request, None)
    if wants_json(request):
        return JsonResponse({"prompts": [vars(prompt) for prompt in prompts(request.user.prompts)]})
    return _page(request, PromptForm(), None, deleted=request.session.pop(DELETED, None))


@require_http_methods(["GET", "HEAD", "POST"])
@ensure_csrf_cookie
def prompt(request: Request, prompt: UUID) -> HttpResponse:
    known = _find(request, prompt)
    if request.method == "POST":
        return _saved(request, known) if known else _gone(request)
    if known is None:
        return refuse(request, NoSuchPrompt())
    if wants_json(request):
        return JsonResponse(vars(known))
    return _page(request, PromptForm(initial=vars(known)), known)


@require_POST
def delete(request: Request, prompt: UUID) -> HttpResponse:
    known = _find(request, prompt)
    try:
        if known is None:
            raise NoSuchPrompt
        change_own(request, "prompts", lambda entries: deleted(entries, known.id, timezone.now()))
    except Refused as refused:
        return refuse(request, refused)
    if wants_json(request):
        return HttpResponse(status=204)
    request.session[DELETED] = {"command": known.command, "text": known.text}
    return HttpResponseRedirect(reverse("prompts"), status=303)


def _find(request: Request, prompt: UUID) -> Prompt | None:
    return next((known for known in prompts(request.user.prompts) if known.id == str(prompt)), None)


def _saved(request: Request, known: Prompt | None) -> HttpResponse:
    """Adds one, or changes the one that is known; a form that cannot be saved comes back with what was typed."""
    form = None
    try:
        fields = fields_of(request)
        form = PromptForm(vars(known) | fields if known else fields)
        _save(request, form, known)
    except NoSuchPrompt:
        return _gone(request)
    except Refused as refused:
        if form is None or wants_json(request):
            return refuse(request, refused)
        if not form.errors:
            form.add_error(None, str(refused.sentence))
        return _page(request, form, known, status=refused.status)
    if wants_json(request):
        return HttpResponse(status=204)
    messages.success(request, gettext("Saved."))
    return HttpResponseRedirect(reverse("prompts"), status=303)


def _gone(request: Request) -> HttpResponse:
    """Deleted elsewhere while it was edited here: what was typed comes back in the form that adds one."""
    if wants_json(request):
        return refuse(request, NoSuchPrompt())
    try:
        form = PromptForm(fields_of(request))
    except Refused as refused:
        return refuse(request, refused)
    form.add_error(
        None, gettext("This was deleted meanwhile. What you wrote is still here, and you can add it as a new one.")
    )
    return _page(request, form, None, status=NoSuchPrompt.status)


def _save(request: Request, form: PromptForm, known: Prompt | None) -> None:
    """Raises Refused; what is wrong with a field stands in the form then."""
    if form.is_valid():
        one = Prompt(known.id if known else str(uuid4()), **form.cleaned_data)
        make = changed if known else added
        try:
            change_own(request, "prompts", partial(make, prompt=one, now=timezone.now()))
        except Taken:
            form.add_error("command", gettext("Another of your prompts has this command. Choose another one."))
        except TooMany:
            sentence = gettext("You have %(count)s prompts, and there can be no more. Delete one first.")
            form.add_error(None, sentence % {"count": MOST})
        except Gone as error:
            raise NoSuchPrompt from error
    if form.errors:
        raise Invalid(form.errors)


def _page(
    request: Request, form: PromptForm, known: Prompt | None, *, deleted: object = None, status: int = 200
) -> HttpResponse:
    if form.errors:
        wrong = "text" if list(form.errors) == ["text"] else "command"
        # The form may stand below a long list.
        form.fields[wrong].widget.attrs["autofocus"] = True
    context: dict[str, Any] = {
        "form": form,
        "prompt": known,
        "deleted": deleted,
        "theme": theme(request.COOKIES, preferences(request.user.preferences)),
    }
    if known is None:
        context |= {"prompts": prompts(request.user.prompts), "examples": examples()}
    return render(request, "prompt.html" if known else "prompts.html", context, status=status)


def examples() -> list[dict[str, str]]:
    """To begin with, in the language of the page."""
    return [
        {
            "command": gettext("translate"),
            "text": gettext(
                "Translate this into {{language}}. Keep its tone, and answer with nothing else:\n\n{{text}}"
            ),
        },
        {
            "command": gettext("shorten"),
            "text": gettext("Make this half as long, and lose nothing that matters:\n\n{{text}}"),
        },
    ]
