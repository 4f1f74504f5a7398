"""Where the page of a conversation opens when it is to show one message, wherever that lies."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple
from uuid import UUID

from conversations.message import Message
from conversations.page import SHOWN
from conversations.transcript import Transcript
from conversations.transcripts import archive

ABOVE = 10
"""Messages shown above it."""

DEEPEST = 400
"""How far above the end of its branch a message may lie for all that follows it to be shown too."""


class View(NamedTuple):
    leaf: str
    """Of the branch: what is said next answers it."""
    end: str
    """The last message shown."""
    most: int


def view_of(transcript: Transcript, message: UUID, leaf: str | None) -> View | None:
    """The branch that ends at `leaf` when the message is in it, else the one it is in; None when it is in none."""
    if not archive().knows(transcript, message):
        return None
    view = _above(transcript, str(message), leaf)
    return view or _above(transcript, str(message), archive().leaf_below(transcript, message))


def _above(transcript: Transcript, message: str, leaf: str | None) -> View | None:
    below: deque[Message] = deque(maxlen=SHOWN - ABOVE)
    for depth, said in enumerate(archive().upwards(transcript, leaf), 1):
        below.append(said)
        if said.id != message or leaf is None:
            continue
        if depth > DEEPEST:
            return View(leaf, below[0].id, SHOWN)
        return View(leaf, leaf, max(SHOWN, depth + ABOVE))
    return None
