"""How what a user keeps is changed from a page."""

from __future__ import annotations

import logging
from collections.abc import Callable

from conversations import profile
from conversations.document import Object, Unreadable
from conversations.refusals import NotKept, Unsavable
from conversations.store import StoreError
from conversations.transcripts import archive
from conversations.views.access import Request

logger = logging.getLogger(__name__)


def change_own(request: Request, section: str, make: Callable[[Object], Object]) -> Object:
    """As `profile.change`, of who asks. Raises NotKept or Unsavable."""
    try:
        return profile.change(archive().store, request.user, section, make)
    except StoreError as error:
        raise NotKept from error
    except Unreadable as error:
        logger.exception("What a user keeps could not be added to")
        raise Unsavable from error
