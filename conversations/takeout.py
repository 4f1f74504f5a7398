"""All that a user has, in one archive that is made while it is being sent: nothing of it lies anywhere meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from accounts.models import User
from conversations.connections import lend_back
from conversations.export import files
from conversations.models import Conversation
from conversations.profile import key_of
from conversations.transcripts import archive

BATCH = 100
PIECE = 65536


class Sent:
    """What an archive is written to, until it is taken away."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> int:
        self._waiting.append(bytes(data))
        self._size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """What waits is still to be taken away."""

    def taken(self, least: int = 1) -> bytes:
        """What has come since the last time, if it is at least so much."""
        if self._size < least:
            return b""
        data, self._waiting, self._size = b"".join(self._waiting), [], 0
        return data


def takeout(user: User) -> Iterator[bytes]:
    """Every conversation as the document it is, beside what else the store keeps of the user. Raises StoreError."""
    sent = Sent()
    lend_back()
    with ZipFile(sent, "w", ZIP_DEFLATED) as archived:
        if profile := archive().store.get(key_of(user.id)):
            archived.writestr("profile.json", profile.data)
        for name, data in files(_rows(user), "json"):
            archived.writestr(f"conversations/{name}", data)
            if piece := sent.taken(PIECE):
                yield piece
    yield sent.taken()


def _rows(user: User) -> Iterator[Conversation]:
    newest = Conversation.objects.owned_by(user).newest_first().values_list("id", flat=True)
    ids: list[UUID] = list(newest)
    for start in range(0, len(ids), BATCH):
        rows = Conversation.objects.owned_by(user).in_bulk(ids[start : start + BATCH])
        yield from (rows[one] for one in ids[start : start + BATCH] if one in rows)
