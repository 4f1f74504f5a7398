"""How the log is written: a JSON object a line for machines, or a line for people."""

from __future__ import annotations

import json
import logging
from contextvars import Context, ContextVar
from datetime import UTC, datetime
from typing import Any

from watching.telling import told, trace

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def fresh_context() -> Context:
    """Nothing of the request that is under way but its id."""
    context = Context()
    context.run(request_id.set, request_id.get())
    return context


WORDY = ("httpx2", "httpcore2", "boto3", "botocore", "urllib3", "asyncio")
"""Loggers of whole requests, with their authorization headers, at lower levels."""


def configuration(style: str, level: str, *, debug: bool) -> dict[str, Any]:
    """What Django's setting LOGGING is to be. `style` is `json` or `line`, the latter for a person who reads along."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": {"()": "watching.log.formatter", "style": style, "debug": debug}},
        "filters": {"broke": {"()": "watching.log.Broke"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "ours"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            **{name: {"level": "WARNING"} for name in WORDY},
            # Each request has a line of ours.
            "django.request": {"level": "ERROR", "filters": ["broke"]},
            "gunicorn.error": {"handlers": ["console"], "propagate": False},
            # Open pages ask every few seconds; a person reads this.
            **({"request": {"level": "WARNING"}} if style == "line" and level != "DEBUG" else {}),
        },
    }


def formatter(style: str, *, debug: bool = False) -> Formatter:
    return JSONFormatter() if style == "json" else Formatter(debug=debug)


class Formatter(logging.Formatter):
    """`LEVEL name: message`. Whatever is told of an exception is told without its words, but to a developer."""

    def __init__(self, *, debug: bool = False) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self.debug = debug

    def format(self, record: logging.LogRecord) -> str:
        if self.debug:
            return super().format(record)
        line = f"{record.levelname} {record.name}: {message(record)}"
        return f"{line}\n{trace(found)}" if (found := raised(record)) else line


class JSONFormatter(Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname,
            "logger": record.name,
            "message": message(record),
            "request_id": request_id.get(),
            **getattr(record, "fields", {}),
        }
        if found := raised(record):
            line["exception"] = trace(found)
        return json.dumps(line, ensure_ascii=False, default=str)


class Broke(logging.Filter):
    """Of what Django says of requests, that which raised something: the others have a line of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        return raised(record) is not None


def line(name: str, text: str) -> str:
    """What is said without being logged, as the log would have it."""
    return JSONFormatter().format(logging.LogRecord(name, logging.INFO, "", 0, text, None, None))


def raised(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def message(record: logging.LogRecord) -> str:
    """What the record says, without the words of exceptions and the addresses of requests."""
    if isinstance(record.msg, BaseException):
        return told(record.msg)
    if record.name.startswith("django.security.") and record.name.rpartition(".")[2] not in QUOTABLE:
        return record.name.rpartition(".")[2]
    if record.name == "asyncio":
        # Below the first line it shows tasks, and in them what they raised.
        return record.getMessage().partition("\n")[0]
    if not isinstance(record.args, tuple) or not record.args:
        return record.getMessage()
    request = getattr(record, "request", None)
    path = getattr(request, "path", None)
    said = [told(arg) if isinstance(arg, BaseException) else arg for arg in record.args]
    return str(record.msg) % tuple(pattern(request) if path is not None and arg == path else arg for arg in said)


def pattern(request: Any) -> str:
    """The address of a request without what stands in it: an id, the secret of a link, or whatever was typed."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "(no such page)"


QUOTABLE = {"DisallowedHost", "csrf"}
"""They name a host or an origin, which the operator may have to allow."""
