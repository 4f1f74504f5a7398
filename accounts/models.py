from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils import timezone


class Users(UserManager["User"]):
    """Without their prompts and presets, which may be long: every request looks up who asks."""

    def get_queryset(self) -> models.QuerySet[User]:
        return super().get_queryset().defer("prompts", "presets")

    def whole(self) -> models.QuerySet[User]:
        return self.get_queryset().defer(None)


class User(AbstractUser):
    """Who owns conversations. The id is part of every key in the store, so it is a uuid and never changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # What the store keeps in the user's profile.json too.
    preferences = models.JSONField(default=dict, blank=True, editable=False)
    prompts = models.JSONField(default=dict, blank=True, editable=False)
    presets = models.JSONField(default=dict, blank=True, editable=False)

    objects: ClassVar[Users] = Users()


class HuggingFaceToken(models.Model):
    """Lets a user spend their own quota. The token itself is sealed: who reads the row does not read it."""

    class How(models.TextChoices):
        PASTED = "pasted"
        SIGNED_IN = "signed in"
        DECLINED = "declined"
        """It was forgotten on purpose: signing in does not bring it back."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    how = models.CharField(max_length=10, choices=How)
    # Empty once Hugging Face has refused it, or when it was declined.
    sealed = models.TextField(blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    renewing_since = models.DateTimeField(null=True, blank=True)
    account = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return self.get_how_display()


class Closing(models.Model):
    """An account that its owner has deleted. Nobody can use it any more; the row stays until all else is gone."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # By the process that deletes what is left; others leave it alone for a while after that.
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)
