"""The token of Hugging Face that is a user's own: pasted in the settings, or given when they signed in there."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ParamSpec, Protocol, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts import renewal, vault
from accounts.models import HuggingFaceToken
from accounts.renewal import Given

P = ParamSpec("P")
T = TypeVar("T")
How = HuggingFaceToken.How

EARLY = timedelta(minutes=5)
"""So long before its end a token is renewed."""

STALE = timedelta(seconds=30)
"""After that a renewal that was begun counts as dead with its process."""

POLL = 0.2


class Run(Protocol):
    """Calls what touches the database where that may wait."""

    def __call__(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]: ...


@dataclass(frozen=True)
class Token:
    user_id: UUID
    expires_at: datetime | None
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    sealed: str = field(repr=False)
    """Names the version of the row this was read from."""

    def lasts(self, span: timedelta = timedelta()) -> bool:
        return self.expires_at is None or self.expires_at > timezone.now() + span


@dataclass(frozen=True)
class Standing:
    """What the user may know of their token, which is everything but the token."""

    stored: bool = False
    signed_in: bool = False
    lost: bool = False
    """It has to be pasted again, or they have to sign in again."""
    account: str = ""


def token_of(user_id: UUID) -> Token | None:
    """None also for one that no key opens, and for one that has ended and cannot be renewed."""
    token = next((_opened(row) for row in _rows(user_id) if row.sealed), None)
    return token if token and (token.refresh or token.lasts()) else None


async def hugging_face_token(user_id: UUID, run: Run) -> str | None:
    """The user's own token, renewed when it is about to end; None when there is none that works."""
    return await usable(await run(token_of, user_id), run)


async def usable(token: Token | None, run: Run) -> str | None:
    """As `hugging_face_token`, of what was read already."""
    if token is None:
        return None
    if not token.refresh or token.lasts(EARLY):
        return token.access
    user_id = token.user_id
    if await run(begin_renewal, token):
        await _renew(token, run)
    elif not token.lasts():
        await _renewed_elsewhere(token, run)
    token = await run(token_of, user_id)
    return token.access if token and token.lasts() else None


def standing(user_id: UUID) -> Standing:
    row = _rows(user_id).exclude(how=How.DECLINED).first()
    if row is None:
        return Standing()
    token = _opened(row)
    stored = token is not None and (bool(token.refresh) or token.lasts())
    return Standing(stored=stored, signed_in=row.how == How.SIGNED_IN, lost=not stored, account=row.account)


@sensitive_variables()
def keep_pasted(user_id: UUID, access: str) -> None:
    _keep(user_id, How.PASTED, Given(access))


def keep_given(user_id: UUID, given: Given, account: str, *, wanted: bool) -> None:
    """Keeps what a sign-in gave; where it was not wanted in so many words, nothing else makes way for it."""
    if wanted or not _rows(user_id).exclude(how=How.SIGNED_IN).exists():
        _keep(user_id, How.SIGNED_IN, given, account)


def forget(user_id: UUID) -> None:
    _rows(user_id).update(how=How.DECLINED, sealed="", expires_at=None, renewing_since=None, account="")


def forget_given(user_id: UUID) -> None:
    """Forgets the token of a sign-in that is no longer connected; a pasted one stays."""
    _rows(user_id).exclude(how=How.PASTED).delete()


def reseal() -> Counter[str]:
    """Seals with ENCRYPTION_KEY what an earlier one has sealed: how many are `sealed` now, how many are `busy` and have
    to be tried again, and how many are `lost`, because no key opens them."""
    counted: Counter[str] = Counter()
    for row in HuggingFaceToken.objects.exclude(sealed=""):
        token = _opened(row)
        if token is None:
            counted["lost"] += 1
        elif not vault.is_current(row.sealed, str(row.user_id)):
            sealed = _sealed(row.user_id, Given(token.access, token.refresh))
            # Who renews it keeps what comes only in the row that was read.
            done = _version(token).filter(_is_idle()).update(sealed=sealed)
            counted["sealed" if done else "busy"] += 1
    return counted


def begin_renewal(token: Token) -> bool:
    """Whether it is the caller who renews it: of all that ask, in all processes, one."""
    return bool(_version(token).filter(_is_idle()).update(renewing_since=timezone.now()))


def _is_idle() -> Q:
    return Q(renewing_since=None) | Q(renewing_since__lt=timezone.now() - STALE)


def end_renewal(token: Token, given: Given | None = None) -> None:
    """With nothing given it may be tried again."""
    if given is None:
        _version(token).update(renewing_since=None)
    else:
        sealed = _sealed(token.user_id, Given(given.access, given.refresh or token.refresh))
        _version(token).update(sealed=sealed, expires_at=given.expires_at, renewing_since=None)


def give_up(token: Token) -> None:
    """Hugging Face has refused it: the user has to sign in again."""
    _version(token).update(sealed="", renewing_since=None)


async def _renew(token: Token, run: Run) -> None:
    try:
        given = await renewal.ask(token.refresh)
    except renewal.Refused:
        await run(give_up, token)
    except renewal.Unavailable:
        await run(end_renewal, token)
    else:
        await run(end_renewal, token, given)


async def _renewed_elsewhere(token: Token, run: Run) -> None:
    """Waits until another has renewed it, or has failed to."""
    while await run(_is_renewing, token):  # noqa: ASYNC110 - it may be another process that renews
        await asyncio.sleep(POLL)


def _is_renewing(token: Token) -> bool:
    return _version(token).filter(renewing_since__gte=timezone.now() - STALE).exists()


def _keep(user_id: UUID, how: HuggingFaceToken.How, given: Given, account: str = "") -> None:
    HuggingFaceToken.objects.update_or_create(
        user_id=user_id,
        defaults={
            "how": how,
            "sealed": _sealed(user_id, given),
            "expires_at": given.expires_at,
            "renewing_since": None,
            "account": account[:100],
        },
    )


def _rows(user_id: UUID) -> QuerySet[HuggingFaceToken]:
    return HuggingFaceToken.objects.filter(user_id=user_id)


def _version(token: Token) -> QuerySet[HuggingFaceToken]:
    """The row, unless the token in it has been replaced or forgotten meanwhile."""
    return _rows(token.user_id).filter(sealed=token.sealed)


@sensitive_variables()
def _sealed(user_id: UUID, given: Given) -> str:
    return vault.seal(json.dumps([given.access, given.refresh]), str(user_id))


@sensitive_variables()
def _opened(row: HuggingFaceToken | None) -> Token | None:
    text = vault.unseal(row.sealed, str(row.user_id)) if row else None
    if row is None or text is None:
        return None
    access, refresh = json.loads(text)
    return Token(row.user_id, row.expires_at, access, refresh, row.sealed)
