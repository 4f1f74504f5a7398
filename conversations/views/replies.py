"""Saying something and getting it answered."""

from __future__ import annotations

from copy import copy
from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import sync_to_async
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.sign_in import wants_json
from conversations import asking
from conversations.events import EventStream
from conversations.forms import MessageForm, ReplyForm
from conversations.refusals import Invalid, NotYours, Refused, TooLarge
from conversations.views import pages
from conversations.views.access import Request, fields_of, refuse
from conversations.views.tuning import begun_with


@require_http_methods(["GET", "HEAD", "POST"])
async def messages(request: Request, conversation: UUID) -> HttpResponseBase:
    view: Any = say if request.method == "POST" else sync_to_async(pages.messages)
    response: HttpResponseBase = await view(request, conversation)
    return response


async def say(request: Request, conversation: UUID) -> HttpResponseBase:
    user = signed_in(request)
    try:
        form = MessageForm(fields_of(request, free={"settings"}))
        if not form.is_valid():
            raise Invalid(form.errors)
        said = form.cleaned_data
        reply = await asking.ask(
            user,
            conversation,
            message=said["message"],
            parent=said["parent"],
            text=said["text"],
            model=said["model"],
            begin_with=await begun_with(user, said["preset"], said["settings"]),
        )
    except Refused as refused:
        if wants_json(request) or isinstance(refused, NotYours | TooLarge):
            return refuse(request, refused)
        return await sync_to_async(pages.again)(request, conversation, form, refused)
    if not wants_json(request):
        return HttpResponseRedirect(reverse("conversations:detail", args=[conversation]), status=303)
    return EventStream(asking.events(reply, user, conversation))


@require_POST
async def again(request: Request, conversation: UUID, message: UUID) -> HttpResponseBase:
    """Another reply to a question: after a failure, or because the reader wants to see another."""
    user = signed_in(request)
    try:
        form = ReplyForm(fields_of(request))
        if not form.is_valid():
            raise Invalid(form.errors)
        reply = form.cleaned_data["reply"] or uuid4()
        started = await asking.answer_again(user, conversation, question=message, reply=reply)
    except Refused as refused:
        return refuse(request, refused)
    if not wants_json(request):
        return HttpResponseRedirect(reverse("conversations:detail", args=[conversation]), status=303)
    return EventStream(asking.events(started, user, conversation))


@require_POST
async def go_on(request: Request, conversation: UUID, reply: UUID) -> HttpResponseBase:
    """A reply that was cut off is written on."""
    user = signed_in(request)
    try:
        going_on = await asking.go_on(user, conversation, reply=reply)
    except Refused as refused:
        return refuse(request, refused)
    if not wants_json(request):
        return HttpResponseRedirect(reverse("conversations:detail", args=[conversation]), status=303)
    return EventStream(asking.events(going_on, user, conversation))


@require_GET
async def attach(request: Request, conversation: UUID, reply: UUID) -> HttpResponseBase:
    try:
        return EventStream(await asking.watch(signed_in(request), conversation, reply))
    except Refused as refused:
        return refuse(request, refused)


@require_POST
async def stop(request: Request, conversation: UUID, reply: UUID) -> HttpResponse:
    try:
        await asking.stop(signed_in(request), conversation, reply)
    except Refused as refused:
        return refuse(request, refused)
    return HttpResponse(status=204)


def signed_in(request: Request) -> User:
    """As long as the reply runs, and without the request, which the lazy one would keep."""
    return copy(request.user)
