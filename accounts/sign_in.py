"""Every page needs a session, except those that say otherwise."""

from collections.abc import Callable

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, rather than a person who follows a link or sends a form."""
    accept = request.headers.get("Accept", "")
    return (
        request.content_type == "application/json"
        or "text/event-stream" in accept
        or ("application/json" in accept and "text/html" not in accept)
    )


class SignInRequired(LoginRequiredMiddleware):
    """A script gets 401 in JSON; a person is sent to the sign-in page and comes back afterwards."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if wants_json(request):
            message = _("You are not signed in any more. Log in again; your text is kept.")
            refusal: dict[str, object] = {"code": "auth", "message": message, "retry_after": None, "errors": {}}
            return JsonResponse(refusal, status=401)
        return super().handle_no_permission(request, view_func)
