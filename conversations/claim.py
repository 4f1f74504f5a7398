"""Gives a user the conversations that the store keeps under an id nobody signs in with.

The id is part of every key, and the store is not written: it is the user who gets the id. So the user may have
no conversations under the old one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from uuid import UUID

from accounts.models import User
from accounts.restore import CannotTake, give_id, nobodys
from conversations.archive import Archive
from conversations.inventory import Entry, places, read


def claim(archive: Archive, username: str, owner: UUID | None = None) -> UUID:
    """Of the owners whose conversations name this username, the one that nobody signs in as; or the one given.

    Returns the id, which is the user's from now on. Raises CannotTake.
    """
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CannotTake(f"There is no user {username}.")
    if user.conversations.exists() or next(archive.store.keys(f"users/{user.id}/conversations/"), None):
        raise CannotTake(f"{username} has conversations of their own, which would be lost under another id.")
    owners = [each for each, name in _owners(archive) if (each == owner if owner else name == username)]
    found = [each for each in owners if nobodys(each)]
    if not found:
        wanted = f"the id {owner}" if owner else f"a user called {username}"
        raise CannotTake(f"The store has no conversations of {wanted} that nobody signs in as.")
    if len(found) > 1:
        choices = " or ".join(f"--claim {username}={each}" for each in found)
        raise CannotTake(f"The store has {len(found)} owners called {username}: say which, {choices}.")
    give_id(user, found[0])
    return found[0]


def _owners(archive: Archive) -> Iterator[tuple[UUID, str]]:
    """Every owner in the store, with the name that the first readable conversation gives."""
    for owner, owned in groupby(places(archive.store), lambda place: place.owner):
        entries = (read(archive, place) for place in owned)
        name = next((entry.username for entry in entries if isinstance(entry, Entry)), "")
        yield owner, name
