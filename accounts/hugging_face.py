"""Signing in with Hugging Face, and the token that comes with it."""

from __future__ import annotations

import json
from typing import Any

import requests
from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.utils import filter_users_by_email
from allauth.core import context as current
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from accounts import tokens, vault
from accounts.models import User
from accounts.renewal import Given

PROVIDER = "huggingface"
INFERENCE = "inference-api"
TIMEOUT = 8
SESSION = "session"
"""Owner of what waits in a session for the end of a sign-up."""

TAKEN = "address_taken"


@login_not_required
def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Without what django-allauth lets an address add: other scopes, and other parameters of the request."""
    known = provider_id == PROVIDER and request.GET.get("process", "login") in {"login", "connect"}
    if not known or request.GET.keys() - {"process", "next"}:
        raise Http404
    answer: HttpResponseBase = views.login(request, PROVIDER)
    return answer


@login_not_required
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    if provider_id != PROVIDER:
        raise Http404
    answer: HttpResponseBase = views.callback(request, PROVIDER)
    return answer


class Session(requests.Session):
    """Obeys no proxy of the environment and no .netrc, follows nobody, and says in our words that it cannot go on."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def request(self, *args: Any, **options: Any) -> requests.Response:
        try:
            answer = super().request(*args, **options | {"timeout": TIMEOUT, "allow_redirects": False})
            if answer.status_code != 200 or not isinstance(answer.json(), dict):
                raise requests.RequestException
        except requests.RequestException:
            page = render(current.request, "socialaccount/authentication_error.html", {"away": True}, status=503)
            raise ImmediateHttpResponse(page) from None
        return answer


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "email_taken": _(
            "This address belongs to an account here. If it is yours, log in, and connect %s in the settings."
        ),
        "no_password": _("Set a password first, or you could not log in any more."),
    }

    def get_requests_session(self) -> Session:
        return Session()

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Of all that Hugging Face tells, the name and the address are enough."""
        sociallogin.account.extra_data = {"userinfo": {"preferred_username": str(data.get("username") or "")}}
        known = {name: data[name] for name in ("username", "email") if data.get(name)}
        user: User = super().populate_user(request, sociallogin, known)
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.state.get("process") == "connect":
            if request.user.is_authenticated and (not sociallogin.is_existing or sociallogin.user == request.user):
                keep(sociallogin, request.user, wanted=True)
        elif sociallogin.is_existing:
            keep(sociallogin, sociallogin.user, wanted=False)
        else:
            leave_addresses_of_others(sociallogin)

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Without a question, where name and address are free."""
        name = sociallogin.user.username
        is_free = bool(name) and not User.objects.filter(username__iexact=name).exists()
        return is_free and not sociallogin.state.get(TAKEN) and super().is_auto_signup_allowed(request, sociallogin)

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_signup_form_initial_data(sociallogin)
        return initial | {"username": account_adapter().generate_unique_username([initial["username"], "user"])}

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        user: User = super().save_user(request, sociallogin, form)
        keep(sociallogin, user, wanted=True)
        return user

    def serialize_instance(self, instance: Model) -> dict[str, Any]:
        """A sign-up that is not done yet waits in the session, which is kept in the database."""
        said: dict[str, Any] = super().serialize_instance(instance)
        return {"sealed": vault.seal(json.dumps(said), SESSION)} if isinstance(instance, SocialToken) else said

    def deserialize_instance(self, model: type[Model], data: dict[str, Any]) -> Model:
        """Raises ValueError for a token that cannot be opened any more: the sign-up begins anew."""
        if model is SocialToken:
            data = json.loads(vault.unseal(data["sealed"], SESSION) or "")
        instance: Model = super().deserialize_instance(model, data)
        return instance


def keep(sociallogin: SocialLogin, user: User, *, wanted: bool) -> None:
    token = sociallogin.token
    if token and INFERENCE in settings.OAUTH_SCOPES:
        name = sociallogin.account.extra_data["userinfo"]["preferred_username"]
        given = Given(token.token, token.token_secret, token.expires_at)
        tokens.keep_given(user.id, given, name, wanted=wanted)


def leave_addresses_of_others(sociallogin: SocialLogin) -> None:
    """An address that an account here has is not another's too, whatever Hugging Face says about it."""
    if any(filter_users_by_email(address.email) for address in sociallogin.email_addresses):
        sociallogin.email_addresses = []
        sociallogin.user.email = ""
        sociallogin.state[TAKEN] = True
