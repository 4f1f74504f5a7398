from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models


class Users(UserManager["User"]):
    """Without their prompts, which may be long: every request looks up who asks."""

    def get_queryset(self) -> models.QuerySet[User]:
        return super().get_queryset().defer("prompts")

    def whole(self) -> models.QuerySet[User]:
        return self.get_queryset().defer(None)


class User(AbstractUser):
    """Who owns conversations. The id is part of every key in the store, so it is a uuid and never changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # What the store keeps in the user's profile.json too.
    preferences = models.JSONField(default=dict, blank=True, editable=False)
    prompts = models.JSONField(default=dict, blank=True, editable=False)

    objects: ClassVar[Users] = Users()
