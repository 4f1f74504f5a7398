"""Failures sent to Sentry, or to a server that speaks its protocol: what failed and where, and nothing that was said.

Each event is made here of a line of the log. None of the client's own integrations runs: they take along requests,
cookies, local variables and whatever else is at hand.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration

from watching.log import message, raised, request_id
from watching.telling import chain, told

KEPT = {
    "environment",
    "event_id",
    "exception",
    "level",
    "logentry",
    "logger",
    "platform",
    "sdk",
    "tags",
    "timestamp",
    "type",
}


def report(dsn: str) -> None:
    """From now on, what is logged as an error is sent there, by a thread of its own."""
    sentry_sdk.init(
        dsn,
        default_integrations=False,
        auto_enabling_integrations=False,
        # What is still to be sent is sent when the process ends, without a word about it.
        integrations=[AtexitIntegration(callback=lambda pending, timeout: None)],
        before_send=_kept,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        # It would be the name of the machine, and what git says.
        server_name="",
        release="",
    )
    logging.getLogger().addHandler(Reporter(logging.ERROR))


class Reporter(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        sentry_sdk.capture_event(cast(Any, event_of(record)))


def event_of(record: logging.LogRecord) -> dict[str, Any]:
    event: dict[str, Any] = {
        "level": record.levelname.lower(),
        "logger": record.name,
        "logentry": {"formatted": message(record)},
        "tags": {"request_id": request_id.get() or "none"},
    }
    if error := raised(record):
        event["exception"] = {"values": [_exception(one) for one in chain(error)]}
    return event


def _exception(error: BaseException) -> dict[str, Any]:
    frames = [
        {
            "filename": frame.filename,
            "function": frame.name,
            "lineno": frame.lineno,
            "context_line": frame.line,
            "in_app": "site-packages" not in frame.filename,
        }
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return {
        "type": type(error).__name__,
        "module": type(error).__module__,
        "value": told(error),
        "stacktrace": {"frames": frames},
    }


def _kept(event: Any, hint: Any) -> Any:
    """The last door: whatever the client has added is left behind."""
    return {key: value for key, value in event.items() if key in KEPT}
