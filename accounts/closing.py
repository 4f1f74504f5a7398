"""Closing an account: from one moment to the next it is nobody's. What is left of it is deleted after that.

Whoever deletes what is left may die at any point: the row of `Closing` goes last.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.signing import b64_decode
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Closing, HuggingFaceToken, User

LEASE = timedelta(seconds=10)
"""So long a process has that began to delete; after that it counts as dead."""

SESSIONS = 200
"""Sessions looked through in one act: they know their user only inside."""


def close(user_id: UUID) -> None:
    """Nobody can sign in to it from now on, and its name and addresses are free."""
    with transaction.atomic():
        # Who wants to say something waits for this row too, and then finds it closed.
        user = User.objects.select_for_update().filter(id=user_id).first()
        if user is None:
            return
        Closing.objects.get_or_create(user=user)
        nobody = User(id=user.id, username=f"closed-{uuid4().hex}", is_active=False, date_joined=user.date_joined)
        nobody.set_unusable_password()
        nobody.save(force_update=True)
        for model in (EmailAddress, SocialAccount, HuggingFaceToken):
            model.objects.filter(user=user).delete()
        user.groups.clear()
        user.user_permissions.clear()
        LogEntry.objects.filter(object_id=str(user.id)).delete()


def is_closed(user_id: UUID) -> bool:
    """Also of one that is gone altogether."""
    return not User.objects.filter(id=user_id).exclude(id__in=Closing.objects.values("user_id")).exists()


def left_alone() -> list[Closing]:
    """What nobody works at."""
    return list(Closing.objects.filter(Q(seen_at=None) | Q(seen_at__lt=timezone.now() - LEASE)).order_by("at"))


def claim(closing: Closing) -> bool:
    """Of many who try, one is told so."""
    return _seen(closing, timezone.now())


def let_go(closing: Closing) -> None:
    """It is to be looked at again soon."""
    _seen(closing, None)


def renew(closing: Closing) -> bool:
    """False when it took so long that another has gone on."""
    return _seen(closing, timezone.now())


def forget_sessions(user_id: UUID, after: str = "") -> str:
    """Looks through some sessions; returns the key of the last, or an empty one when there are no more."""
    sessions = list(Session.objects.filter(session_key__gt=after).order_by("session_key")[:SESSIONS])
    theirs = [one.session_key for one in sessions if str(user_id).encode() in _said_in(one)]
    Session.objects.filter(session_key__in=theirs).delete()
    return sessions[-1].session_key if len(sessions) == SESSIONS else ""


def forget_counts(user_id: UUID) -> None:
    """What the cache has counted for the limits, under keys that name the user."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE cache_key LIKE %s", [f"%{user_id}%"])  # noqa: S608


def remove(user_id: UUID) -> None:
    """The row that is left, and with it that of `Closing`."""
    User.objects.filter(id=user_id).delete()


def _said_in(session: Session) -> bytes:
    """Without asking who has signed it: one signed with an earlier key names its user too."""
    data = session.session_data.partition(":")[0].encode()
    try:
        packed = b64_decode(data.removeprefix(b"."))
        return zlib.decompress(packed) if data.startswith(b".") else packed
    except (ValueError, zlib.error):
        return b""


def _seen(closing: Closing, moment: datetime | None) -> bool:
    rows = Closing.objects.filter(pk=closing.pk, seen_at=closing.seen_at)
    if not rows.update(seen_at=moment):
        return False
    closing.seen_at = moment
    return True
