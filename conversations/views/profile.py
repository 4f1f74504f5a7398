"""How what a user keeps is changed from a page."""

from __future__ import annotations

from collections.abc import Callable

from conversations import profile
from conversations.document import Object, Unreadable
from conversations.refusals import NotKept
from conversations.store import StoreError
from conversations.transcripts import archive
from conversations.views.access import Request


def change_own(request: Request, section: str, make: Callable[[Object], Object]) -> Object:
    """As `profile.change`, of who asks. Raises NotKept."""
    try:
        return profile.change(archive().store, request.user, section, make)
    except (StoreError, Unreadable) as error:
        raise NotKept from error
