import logging
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest
from django.utils import translation

from accounts.language import chosen_by
from accounts.models import User

logger = logging.getLogger(__name__)

CONFIRM_NEW = "account/email/email_confirmation_signup"


class MailAway(Exception):
    """The mail server cannot be reached, or takes nothing from us."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGNUP_OPEN and not settings.SINGLE_USER

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """E-mails speak in the name of the site, not of its host, and in the language their reader has chosen."""
        site = get_current_site(current.request)
        site.name = settings.SITE_NAME
        user = context.get("user")
        chosen = chosen_by(user) if isinstance(user, User) else None
        with translation.override(chosen or translation.get_language()):
            try:
                super().send_mail(template_prefix, email, {**context, "current_site": site})
            except OSError as error:
                if template_prefix != CONFIRM_NEW:
                    raise MailAway from error
                # The account is made by now, and needs no address: it can be confirmed later.
                logger.exception("The first e-mail to a new user could not be sent")
                current.request.is_unsent = True

    def get_reset_password_from_key_url(self, key: str) -> str:
        return at_home(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return at_home(super().get_email_confirmation_url(request, emailconfirmation))

    def forget_tries(self, user: User) -> None:
        """Those with the name. Those with an address django-allauth forgets where a password is reset."""
        self._delete_login_attempts_cached_email(current.request, username=user.username)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: str) -> str:
        """Without the host that was asked for, which django-allauth has in it: with any port it is another one, and
        each would have tries of its own."""
        return credentials.get("email", credentials.get("username", "")).lower()


def at_home(url: str) -> str:
    """Where the site is, if that is known, and not where somebody has asked for it: any port will do there, and behind
    another one may be anybody, who would be sent the key."""
    place = urlsplit(url)
    return url.replace(f"{place.scheme}://{place.netloc}", settings.SITE_URL, 1) if settings.SITE_URL else url
