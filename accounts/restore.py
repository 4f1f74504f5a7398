"""Users as the store knows them: made again under their old id, or given it back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from accounts.models import User

LONGEST_NAME = 140
"""Leaves room for what tells two of one name apart."""


class CannotTake(Exception):
    """For the operator: why a user cannot have an id."""


def restore(user: UUID, username: str) -> User:
    """The user with this id. A missing one is made without a usable password, the name suffixed where it is taken."""
    if found := get_user_model().objects.filter(id=user).first():
        return found
    name = re.sub(r"[^\w.@+-]", "-", username)[:LONGEST_NAME] or "user"
    for number in count(1):
        made = User(id=user, username=name if number == 1 else f"{name}-{number}")
        made.set_unusable_password()
        if get_user_model().objects.filter(username__iexact=made.username).exists():
            continue
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            # Somebody was quicker, with the name or with the id.
            return restore(user, username)
        return made
    raise AssertionError("unreachable")


def nobodys(user: UUID) -> bool:
    """Whether nobody has ever signed in under this id or could: it is unknown, or was only restored."""
    found = get_user_model().objects.filter(id=user).first()
    return found is None or not (found.last_login or found.has_usable_password() or any(_rows_about(found.id)))


def give_id(user: User, new: UUID) -> None:
    """Gives a user another id, and with it all that is kept under that; one restored under it makes way.

    The user's sessions know the old id, so they have to sign in again. Raises CannotTake.
    """
    if not nobodys(new):
        raise CannotTake(f"The id {new} belongs to somebody who can sign in.")
    users = get_user_model().objects
    old = user.id
    # Foreign keys are checked when the transaction ends, and are right again by then.
    with transaction.atomic():
        users.filter(id=new)._raw_delete(using=users.db)
        users.filter(id=old).update(id=new)
        for relation in _relations():
            name = relation.field.name
            relation.related_model._base_manager.filter(**{name: old}).update(**{name: new})
    user.id = new


def _rows_about(user: UUID) -> Iterator[bool]:
    """Of each table that knows users, but for what a restored one may own, whether it knows this one."""
    for relation in _relations():
        if relation.related_model._meta.app_label != "conversations":
            yield relation.related_model._base_manager.filter(**{relation.field.name: user}).exists()


def _relations() -> list[Any]:
    fields = get_user_model()._meta.get_fields(include_hidden=True)
    return [field for field in fields if field.auto_created and not field.concrete and not field.many_to_many]
