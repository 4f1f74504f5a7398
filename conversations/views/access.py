"""Who asks, and how a refusal is said."""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.sign_in import wants_json
from conversations.refusals import Invalid, Refused, TooLarge


class Request(HttpRequest):
    """A request that has passed the sign-in."""

    user: User


def fields_of(request: HttpRequest, free: Container[str] = ()) -> dict[str, Any]:
    """What a form or a script sent; Invalid when it is not what it says it is. A script sends texts; only the `free`
    fields may be anything, also null."""
    sent = body_of(request)
    if isinstance(sent, QueryDict):
        return dict(sent.items())
    given = {key: value for key, value in sent.items() if value is not None or key in free}
    texts = {key: value for key, value in given.items() if key not in free}
    if wrong := {key: [_("This must be a text.")] for key, value in texts.items() if not isinstance(value, str)}:
        raise Invalid(wrong)
    return given


def body_of(request: HttpRequest) -> QueryDict | dict[str, Any]:
    """A form as it is, or the object a script sent, whatever it holds; Invalid when it is neither."""
    try:
        if request.content_type != "application/json":
            return request.POST
        fields = json.loads(request.body)
    except RequestDataTooBig as error:
        raise TooLarge from error
    except (ValueError, RecursionError) as error:
        raise Invalid from error
    if not isinstance(fields, dict):
        raise Invalid
    return fields


def refuse(request: HttpRequest, refused: Refused) -> HttpResponse:
    response: HttpResponse
    if wants_json(request):
        response = JsonResponse(refused.as_json(), status=refused.status)
    else:
        response = render(request, "refused.html", {"message": refused.sentence}, status=refused.status)
    if refused.retry_after:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response
