"""Why a request about a conversation is refused.

Refused              read by: the page's script as JSON, or a person as a page; the sentence says what to do
├── NotYours         404: it does not exist, or belongs to somebody else
│   ├── NoSuchPrompt 404: the same of a prompt
│   └── NoSuchPreset 404: the same of a preset
├── Invalid          400: the fields say what is wrong
├── UnknownParent    400: the message answered to is not in the conversation
├── StillAnswering   409: the message answered to is still being written
├── SaidOtherwise    409: this message id has been used with another text
├── TooManyPins      409: one of them has to be unpinned first
├── AlreadyNaming    409: its title is being asked for already
├── TooLarge         413: the request is larger than any message can be
├── TooManyReplies   429: wait for one of your replies to end
├── TooManyTitles    429: each of them is a question to the model
├── Unsavable        500: what the store has cannot be read, and so not be added to
├── NoTitle          503: the model was asked and gave none
├── Restarting       503: this process is about to end, or the one that was asked before has
└── StoreAway        503: nothing could be saved, so nothing was started
    └── NotKept      503: a setting could not be saved
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    status: ClassVar[int]
    code: ClassVar[str]
    sentence: ClassVar[str | Promise]
    """Becomes words in the language of who reads it."""
    retry_after: ClassVar[int | None] = None

    def __init__(self, errors: Mapping[str, Sequence[object]] | None = None) -> None:
        super().__init__(self.sentence)
        self.errors = {field: [str(error) for error in found] for field, found in (errors or {}).items()}

    def as_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": str(self.sentence),
            "retry_after": self.retry_after,
            "errors": self.errors,
        }


class NotYours(Refused):
    status, code = 404, "not_found"
    sentence = _("There is no such conversation, or it is not yours.")


class NoSuchPrompt(NotYours):
    sentence = _("There is no such prompt, or it is not yours.")


class NoSuchPreset(NotYours):
    sentence = _("There is no such preset, or it is not yours.")


class Invalid(Refused):
    status, code = 400, "invalid"
    sentence = _("Please check what you entered.")


class UnknownParent(Refused):
    status, code = 400, "unknown_parent"
    sentence = _("This conversation has changed. Reload the page and send your message again.")


class StillAnswering(Refused):
    status, code = 409, "still_answering"
    sentence = _("The reply before is still being written. Wait for it or stop it, then send again.")


class SaidOtherwise(Refused):
    status, code = 409, "said_otherwise"
    sentence = _("This message was already sent with another text. Reload the page and send it again.")


class TooManyPins(Refused):
    status, code = 409, "too_many_pins"
    sentence = _("At most 100 conversations can be pinned. Unpin one first.")


class AlreadyNaming(Refused):
    status, code = 409, "already_naming"
    sentence = _("A title for this conversation is being made already.")


class TooLarge(Refused):
    status, code = 413, "too_large"
    sentence = _("A message may have at most 100,000 characters. Shorten it or split it.")


class TooManyReplies(Refused):
    status, code, retry_after = 429, "too_many_replies", 10
    sentence = _("Too many of your replies are being written at once. Wait until one has ended, or stop one.")


class TooManyTitles(Refused):
    status, code, retry_after = 429, "too_many_titles", 60
    sentence = _("You have asked for many titles in a short time. Wait a minute and try again.")


class Unsavable(Refused):
    status, code = 500, "unreadable"
    sentence = _(
        "This could not be saved: your file in the storage is damaged, or written by a newer version. It was left as it"
        " is; please tell who runs this site."
    )


class NoTitle(Refused):
    status, code = 503, "no_title"
    sentence = _("The model did not give a title just now. The old one stays; try again in a moment.")


class Restarting(Refused):
    status, code, retry_after = 503, "restarting", 5
    sentence = _("The site is restarting. Please send your message again in a few seconds.")


class StoreAway(Refused):
    status, code, retry_after = 503, "store", 10
    sentence = _("Your message could not be saved because the storage cannot be reached. Please try again in a moment.")


class NotKept(StoreAway):
    sentence = _("This could not be saved because the storage cannot be reached. Please try again in a moment.")
