"""What may be told of an exception: which one, and where. Its own words may quote what somebody typed.

Those of a few may be read: of our own errors, written for the operator, and of a disk or a database that is away.
"""

from __future__ import annotations

import os
import traceback

OURS = {"conversations.store.StoreError", "llm.errors.LLMError"}
"""Their text is a sentence of ours."""

AWAY = {"psycopg.OperationalError"}
"""Without a code of the server it says why that was not reached, and quotes no query."""


def told(error: BaseException) -> str:
    """One line."""
    name, words = type(error).__name__, _words(error)
    return f"{name}: {words}" if words else name


def trace(error: BaseException) -> str:
    """As Python prints it, the newest last, without words that are not ours."""
    return "\nwhich led to:\n\n".join(map(_part, chain(error))).rstrip("\n")


def chain(error: BaseException) -> list[BaseException]:
    """It and what led to it, the oldest first. Each once: one that was raised from itself would never end."""
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and not any(cause is one for one in found):
        found.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return found[::-1]


def _part(error: BaseException) -> str:
    head = ["Traceback (most recent call last):\n"] if error.__traceback__ else []
    return "".join([*head, *traceback.format_tb(error.__traceback__), f"{told(error)}\n"])


def _words(error: BaseException) -> str:
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    if kinds & OURS:
        return str(error)
    if isinstance(error, OSError):
        return os.strerror(error.errno) if error.errno else ""
    if code := getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None):
        return str(code)
    if kinds & AWAY:
        return str(error).partition("\n")[0]
    # Django's own wrap those of the database.
    if type(error).__module__ == "django.db.utils" and error.__cause__ is not None:
        return _words(error.__cause__)
    return ""
