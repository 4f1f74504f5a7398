"""The ways a model can fail.

LLMError                 read by: whoever calls `llm`; `str()` is one sentence a visitor may read
├── Auth                 the operator: the token or key was refused, or there is none
├── Billing              the operator: the quota or the credit is used up
├── Forbidden            the operator: the key may not use this model
├── NotFound             the user: this model is not offered
├── BadRequest           the developer: the server did not accept what was sent
├── TooLong              the user: the conversation does not fit the model
├── RateLimited          the user: wait, `retry_after` says how long
├── Unavailable          the user: the server is there but cannot serve now
│   ├── Busy             the user: it has too much to do, and is asked again before anybody hears of it
│   └── NoSuchBackend    the operator: the configuration names a backend that is not built in
├── Timeout              the user: the server took too long
├── Unreachable          the operator: nothing answers at that address
├── Interrupted          the user: the reply broke off in the middle
└── Upstream             the operator: the server answered something that is no reply
"""

from __future__ import annotations

from typing import ClassVar

_ = str
"""Marks what a visitor may read, so that a site can put it into other languages."""


class LLMError(Exception):
    """`detail` is what the server said, cut and free of keys: for the operator's log, never for a visitor."""

    code: ClassVar[str] = "upstream"
    sentence: ClassVar[str] = _("The model server sent something that is not a reply. Please try again.")

    def __init__(self, detail: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(self.sentence)
        self.detail = detail
        self.retry_after = retry_after


class Auth(LLMError):
    code = "auth"
    sentence = _(
        "The model server refused the token. Check it in the settings if it is your own;"
        " else the site's operator has to check it."
    )


class Billing(LLMError):
    code = "billing"
    sentence = _("The quota for this model is used up. Please try another model or come back later.")


class Forbidden(LLMError):
    code = "forbidden"
    sentence = _("This site may not use this model. Please choose another one.")


class NotFound(LLMError):
    code = "not_found"
    sentence = _("This model is not available. Please choose another one.")


class BadRequest(LLMError):
    code = "bad_request"
    sentence = _("The model server did not accept the request.")


class TooLong(LLMError):
    code = "too_long"
    sentence = _("This conversation is too long for the model. Please shorten the message or start a new chat.")


class RateLimited(LLMError):
    code = "rate_limited"
    sentence = _("The model is getting too many requests. Please wait a moment and try again.")


class Unavailable(LLMError):
    code = "unavailable"
    sentence = _("The model server is busy or out of order. Please try again in a moment.")


class Busy(Unavailable):
    pass


class NoSuchBackend(Unavailable):
    sentence = _("The model this site is set up for is not built in.")


class Timeout(LLMError):
    code = "timeout"
    sentence = _("The model took too long to answer. Please try again.")


class Unreachable(LLMError):
    code = "unreachable"
    sentence = _("The model server cannot be reached. Please try again in a moment.")


class Interrupted(LLMError):
    code = "interrupted"
    sentence = _("The reply broke off before it was complete. Please try again.")


class Upstream(LLMError):
    pass
