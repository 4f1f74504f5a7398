"""Asks Hugging Face for a new access token, as OAuth has it: the refresh token goes there, and nowhere else."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2
from django.conf import settings
from django.utils import timezone

logger = logging.getLogger(__name__)

CONFIGURATION = "/.well-known/openid-configuration"
TIMEOUT = httpx2.Timeout(8, connect=4)
YEAR = 60 * 60 * 24 * 365
SITES_OWN_FAULT = {"invalid_client", "unauthorized_client", "unsupported_grant_type"}
"""Answers about the site's client, of which the user's token knows nothing."""


class Refused(Exception):
    """Hugging Face does not take the refresh token any more."""


class Unavailable(Exception):
    """No answer that says anything about the token."""


@dataclass(frozen=True)
class Given:
    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    """Empty where none was given."""
    expires_at: datetime | None = None


async def ask(refresh: str) -> Given:
    """Raises Refused or Unavailable."""
    try:
        async with httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=TIMEOUT) as client:
            place = (await client.get(settings.OPENID_PROVIDER_URL + CONFIGURATION)).raise_for_status().json()
            answer = await client.post(
                place["token_endpoint"],
                data={"grant_type": "refresh_token", "refresh_token": refresh},
                auth=(settings.OAUTH_CLIENT_ID, settings.OAUTH_CLIENT_SECRET),
            )
            return _given(answer.status_code, answer.json())
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TypeError, AttributeError, LookupError) as error:
        # The error itself may repeat what was sent.
        logger.warning("A token could not be renewed: %s", type(error).__name__)
        raise Unavailable from None


def _given(status: int, said: dict[str, Any]) -> Given:
    problem = said.get("error")
    if status in {400, 401, 403} and isinstance(problem, str) and problem not in SITES_OWN_FAULT:
        raise Refused
    if status != 200:
        logger.warning("A token could not be renewed: status %s", status)
        raise Unavailable
    access, refresh, seconds = said["access_token"], said.get("refresh_token") or "", said.get("expires_in")
    if not isinstance(access, str) or not isinstance(refresh, str):
        raise TypeError("not a token")
    return Given(access, refresh, ends(seconds))


def ends(seconds: Any) -> datetime | None:
    """When something lasts that long from now; None for what has no end. Raises ValueError or TypeError."""
    return timezone.now() + timedelta(seconds=min(int(seconds), YEAR)) if seconds else None
