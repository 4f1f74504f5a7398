"""What may be told of an exception: which one, and where. Its own words may quote what somebody typed.

Those of a few may be read: of our own errors, written for the operator, and of a disk or a database that is away.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator

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
    return "".join(_parts(error)).rstrip("\n")


def _parts(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _parts(cause)
        yield "\nwhich led to:\n\n"
    if error.__traceback__:
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(error.__traceback__)
    yield f"{told(error)}\n"


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
