"""SINGLE_USER: no sign-in, the visitor is the one user. For one person on one machine only."""

import ipaddress

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from accounts.models import User

USERNAME = "me"


def the_user() -> User:
    user, made = get_user_model().objects.get_or_create(username=USERNAME)
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def from_this_machine(request: HttpRequest) -> bool:
    """False also for what a proxy passes on: behind one, everybody seems to be local."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class SingleUserMiddleware(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if not from_this_machine(request):
            raise PermissionDenied("SINGLE_USER serves this machine only")
        request.user = SimpleLazyObject(the_user)  # type: ignore[assignment]
        request.auser = sync_to_async(the_user)
        return None
