"""Django's middleware and ours, without a thread for each of their steps.

Under ASGI every step of a middleware that is not async is sent to a thread, since it might ask the database: two dozen
trips a request, and each waits for its turn while the process is busy. What runs on the event loop here asks nothing;
the few steps that may ask say so.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.deprecation import MiddlewareMixin

from accounts.language import ReaderLanguage
from accounts.sign_in import SignInRequired
from accounts.single_user import SingleUserMiddleware
from accounts.timezone import ReaderTimezone
from conversations.connections import briefly

_readers = ThreadPoolExecutor(4, "reader")

View = Callable[..., Any]


class OnTheLoop(MiddlewareMixin):
    """Runs the steps of a middleware where they are called.

    `aprocess_view` is what its `process_view` is there.
    """

    async_mode: bool

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if self.async_mode and hasattr(self, "aprocess_view"):
            self.process_view = self.aprocess_view

    def asks_first(self, request: HttpRequest) -> bool:
        """Whether the first step may ask the database, or take long."""
        return False

    def asks(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether the last step may."""
        return False

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        step: Any = self
        response: HttpResponseBase | None = None
        if hasattr(self, "process_request"):
            first = step.process_request
            response = await sync_to_async(first)(request) if self.asks_first(request) else first(request)
        response = response or await step.get_response(request)
        assert response is not None  # noqa: S101
        if hasattr(self, "process_response"):
            last = step.process_response
            response = (
                await sync_to_async(last)(request, response)
                if self.asks(request, response)
                else last(request, response)
            )
        return response


class Security(OnTheLoop, SecurityMiddleware):
    pass


class Sessions(OnTheLoop, SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        # In quotes a cookie may hold what PostgreSQL does not take for a text.
        if not request.COOKIES.get(settings.SESSION_COOKIE_NAME, "").isalnum():
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        super().process_request(request)

    def asks(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        return request.session.modified


class Common(OnTheLoop, CommonMiddleware):
    pass


class Csrf(OnTheLoop, CsrfViewMiddleware):
    async def aprocess_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponseBase | None:
        refused: Any = super().process_view(request, view, args, kwargs)
        if callable(refused):
            refused = await sync_to_async(refused)()
        answer: HttpResponseBase | None = refused
        return answer

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        refuse = partial(super()._reject, request, reason)  # type: ignore[misc]
        # The page that says so is drawn for whoever is signed in.
        return refuse if self.async_mode else refuse()


class Authentication(OnTheLoop, AuthenticationMiddleware):
    pass


class SingleUser(OnTheLoop, SingleUserMiddleware):
    pass


class Reader(OnTheLoop, ReaderLanguage):
    """Asks who reads, once for all that follows, and in their language from then on."""

    async def aprocess_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> None:
        look = partial(super().process_view, request, view, args, kwargs)
        if iscoroutinefunction(view):
            # It has no use for a thread of its own, nor for the connection that one would open.
            await sync_to_async(briefly, thread_sensitive=False, executor=_readers)(look)
        else:
            await sync_to_async(look)()


class SignIn(OnTheLoop, SignInRequired):
    async def aprocess_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponseBase | None:
        # Where it is required, Reader has asked who it is.
        required = getattr(view, "login_required", True)
        return super().process_view(request, view, args, kwargs) if required else None


class Timezone(OnTheLoop, ReaderTimezone):
    pass


class Messages(OnTheLoop, MessageMiddleware):
    def asks(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        messages: Any = getattr(request, "_messages", None)
        return bool(messages is not None and (messages.used or messages.added_new))


class XFrameOptions(OnTheLoop, XFrameOptionsMiddleware):
    pass
