"""How long queries take, and a line in the log for slow ones: the SQL without what was asked for."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from watching import metrics

logger = logging.getLogger("query")

OPERATIONS = {"select", "insert", "update", "delete", "begin"}
LONGEST = 1000
"""Characters of SQL in a line of the log."""

# Whole lists of places say no more than one; a literal may be what somebody typed.
_LISTED = re.compile(r"(%s|\?)(?:, (?:%s|\?))+")
_LITERAL = re.compile(r"'(?:[^']|'')*'")


class Watch:
    """Goes around every query of a connection. `slow_ms` 0: none is slow."""

    def __init__(self, slow_ms: int) -> None:
        self.slow = slow_ms / 1000

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.monotonic()
        try:
            return execute(sql, params, many, context)
        finally:
            took = time.monotonic() - began
            metrics.database_seconds.labels(operation(sql)).observe(took)
            if self.slow and took >= self.slow:
                ms, statement = round(took * 1000), without_values(str(sql))
                fields = {"ms": ms, "sql": statement}
                logger.warning("%s ms: %s", ms, statement, extra={"fields": fields})

    def added(self, *, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
        # Of a connection that is made anew the wrappers are still there.
        if self not in connection.execute_wrappers:
            connection.execute_wrappers.append(self)


def watch(slow_ms: int) -> None:
    """From now on, on every connection that this process opens."""
    connection_created.connect(Watch(slow_ms).added, weak=False, dispatch_uid="watching.queries")


def operation(sql: Any) -> str:
    word = str(sql)[:6].lower().rstrip()
    return word if word in OPERATIONS else "other"


def without_values(sql: str) -> str:
    return _LISTED.sub(r"\1, …", _LITERAL.sub("'…'", sql))[:LONGEST]
