import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """Who owns conversations. The id is part of every key in the store, so it is a uuid and never changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # What the store keeps in the user's profile.json too.
    preferences = models.JSONField(default=dict, blank=True, editable=False)
