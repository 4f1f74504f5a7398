"""Sessions that have expired: nobody can use them any more, and Django leaves them in the database for good."""

from __future__ import annotations

import asyncio
import logging

from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.utils import timezone

from conversations.writer import write

logger = logging.getLogger(__name__)

EVERY = 3600.0
"""Seconds between two looks."""

ROWS = 300
"""Small enough that those who talk do not wait for the database."""


async def keep_forgetting() -> None:
    """For as long as the process lives."""
    while True:
        try:
            while await write(forget):
                pass
        except DatabaseError as error:
            logger.warning("Expired sessions cannot be deleted, because the database does not answer: %s", error)
        except Exception:
            logger.exception("Expired sessions could not be deleted")
        await asyncio.sleep(EVERY)


def forget() -> bool:
    """Some of them; False when there are no more."""
    expired = Session.objects.filter(expire_date__lt=timezone.now())
    keys = list(expired.values_list("session_key", flat=True)[:ROWS])
    expired.filter(session_key__in=keys).delete()
    return len(keys) == ROWS
