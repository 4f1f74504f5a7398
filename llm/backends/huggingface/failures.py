"""What went wrong at the model server, in our words: every exception of the client becomes an `LLMError`."""

from __future__ import annotations

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError

from llm import errors
from llm.errors import LLMError

DETAIL_LIMIT = 500
RETRY_LIMIT = 24 * 3600

_BY_STATUS: dict[int, type[LLMError]] = {
    400: errors.BadRequest,
    401: errors.Auth,
    402: errors.Billing,
    403: errors.Forbidden,
    404: errors.NotFound,
    408: errors.Timeout,
    413: errors.TooLong,
    422: errors.BadRequest,
    429: errors.RateLimited,
    503: errors.Busy,
    504: errors.Timeout,
    529: errors.Busy,
}
_TOO_LONG = re.compile(
    r"context.{0,30}(length|size|window)|exceed_context|maximum.{0,20}(context|tokens)"
    r"|too many (input )?tokens"
    r"|(prompt|input|inputs)\b.{0,40}\btoo long|`?inputs`? tokens \+ `?max_new_tokens`?",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model.{0,80}(not found|does not exist|not supported|no longer)|unknown model|pinned to", re.IGNORECASE
)
_NO_CREDIT = re.compile(r'"(insufficient_quota|exceeded_current_quota_error)"')
"""What OpenAI, Moonshot and others call it when all is spent, with the status of a server that is asked too often."""

_NO_PERMISSION = re.compile(r"sufficient permissions to call Inference Providers", re.IGNORECASE)
"""The router says so of a token, whatever the model."""

_KEYS = re.compile(r"\b(hf_|sk-|gsk_|Bearer\s+)[\w.\-]{6,}|//[^/@\s]+@", re.IGNORECASE)


# In this order: many of these are also an HTTPError, an OSError or a ValueError.
_BY_TYPE: tuple[tuple[tuple[type[BaseException], ...], type[LLMError]], ...] = (
    ((httpx2.ConnectTimeout,), errors.Unreachable),
    ((httpx2.PoolTimeout,), errors.Unavailable),
    ((InferenceTimeoutError, httpx2.TimeoutException, TimeoutError), errors.Timeout),
    ((json.JSONDecodeError,), errors.Upstream),
    ((httpx2.ConnectError, httpx2.UnsupportedProtocol, httpx2.InvalidURL), errors.Unreachable),
    ((httpx2.TransportError,), errors.Unavailable),
    ((httpx2.HTTPError, httpx2.StreamError), errors.Upstream),
    ((OSError,), errors.Unreachable),
)


def of(error: BaseException, *, ended: bool = False, started: bool = False) -> LLMError | None:
    """None for an exception that is no failure of the server. `ended`: the body had come to its end;
    `started`: some of the reply had already arrived."""
    if isinstance(error, LLMError):
        return error
    if isinstance(error, HfHubHTTPError):
        return of_response(error.response)
    if isinstance(error, InferenceTimeoutError) and isinstance(error.__cause__, httpx2.TimeoutException):
        error = error.__cause__
    kind = next((kind for types, kind in _BY_TYPE if isinstance(error, types)), None)
    if kind is None and _inside_the_hub(error):
        kind = errors.Upstream
    broken_off = (kind is errors.Unavailable and started) or (isinstance(error, json.JSONDecodeError) and ended)
    if broken_off:
        kind = errors.Interrupted
    return kind(_named(error)) if kind else None


def of_response(response: httpx2.Response) -> LLMError:
    failure = of_status(response.status_code, said(response.text), response.headers.get("retry-after"))
    if isinstance(failure, errors.RateLimited) and _NO_CREDIT.search(response.text):
        return errors.Billing(failure.detail)
    return failure


def of_status(status: int, detail: str, retry_after: str | None = None) -> LLMError:
    kind = _BY_STATUS.get(status, errors.Unavailable if status >= 500 else errors.BadRequest)
    if kind in (errors.BadRequest, errors.TooLong) or status == 500:
        if _TOO_LONG.search(detail):
            kind = errors.TooLong
        elif kind is errors.BadRequest and _NO_MODEL.search(detail):
            kind = errors.NotFound
    elif kind is errors.Forbidden and _NO_PERMISSION.search(detail):
        kind = errors.Auth
    return kind(f"{status}: {detail}"[:DETAIL_LIMIT], retry_after=_seconds(retry_after))


def of_body(body: str) -> LLMError:
    """A JSON document where a stream was asked for: an error with the status of a success, or nonsense."""
    status = _status(body)
    return of_status(status, said(body)) if status else errors.Upstream(f"no stream: {said(body)}"[:DETAIL_LIMIT])


def of_event(event: dict[str, Any]) -> LLMError:
    """An error in the middle of a stream; `error_type` is TGI's."""
    body = event["error"]
    if event.get("error_type") == "overloaded":
        return errors.RateLimited(said(body))
    if event.get("error_type") == "validation":
        return of_status(422, said(body))
    if status := _status(body):
        return of_status(status, said(body))
    return errors.Upstream(said(body))


def said(body: object) -> str:
    """The sentence in an error body: OpenAI's, FastAPI's, TGI's, or simply the text."""
    if isinstance(body, str):
        try:
            parsed = json.loads(body)
        except (ValueError, RecursionError):
            return " ".join(body[:DETAIL_LIMIT].split())
        return said(parsed) if isinstance(parsed, dict | list) else str(parsed)[:DETAIL_LIMIT]
    if isinstance(body, dict):
        for key in ("error", "message", "detail"):
            if body.get(key):
                inner = body[key]
                return inner[:DETAIL_LIMIT] if isinstance(inner, str) else said(inner)
    return json.dumps(body)[:DETAIL_LIMIT]


def scrubbed(error: LLMError, *secrets: str | None) -> LLMError:
    """The same error; an upstream that echoes the key, or a bad header, must not carry it into the log."""
    for secret in secrets:
        if secret and secret.strip():
            error.detail = error.detail.replace(secret.strip(), "***")
    error.detail = _KEYS.sub("***", error.detail)
    # What a server says must not look like lines of the log.
    error.detail = "".join(letter if letter.isprintable() else " " for letter in error.detail)
    return error


def _status(body: object) -> int | None:
    """The HTTP status some servers put into an error they send after a 200."""
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return None
    while isinstance(body, dict):
        for key in ("code", "status", "status_code", "http_status_code"):
            code = body.get(key)
            if isinstance(code, int) and 400 <= code <= 599:
                return code
            if isinstance(code, str) and re.fullmatch("[45][0-9][0-9]", code):
                return int(code)
        body = body.get("error")
    return None


def _seconds(retry_after: str | None) -> int | None:
    """Retry-After is a number of seconds or a date; nonsense is as good as none."""
    if not retry_after:
        return None
    if re.fullmatch(r"[0-9]{1,99}(\.[0-9]+)?", retry_after.strip()):
        seconds = float(retry_after)
    else:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return min(max(int(seconds + 0.999), 0), RETRY_LIMIT)


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:DETAIL_LIMIT]


def _inside_the_hub(error: BaseException) -> bool:
    """Whether the hub's parser broke on a payload of an unforeseen shape, and not some code of ours."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and "huggingface_hub" in trace.tb_frame.f_code.co_filename
