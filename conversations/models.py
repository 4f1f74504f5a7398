"""The index of what is said: rows for the sidebar, and for replies while the model talks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def owned_by(self, user: User) -> ConversationQuerySet:
        """The only door: what this user has, has said something in and has not thrown away."""
        return self.filter(owner=user, visible=True, deleted_at=None)

    def listed(self) -> ConversationQuerySet:
        """What stands under its days in the sidebar."""
        return self.filter(**LISTS["newest_first"])

    def pinned(self) -> ConversationQuerySet:
        """What stands above them."""
        return self.filter(**LISTS["pinned_first"])

    def archived(self) -> ConversationQuerySet:
        return self.filter(**LISTS["archived_first"])

    def newest_first(self) -> ConversationQuerySet:
        return self.order_by("-updated_at", "-id")

    def unread(self) -> ConversationQuerySet:
        return self.filter(answered_at__isnull=False).exclude(read_at__gte=models.F("answered_at"))


LISTS: dict[str, dict[str, bool]] = {
    "newest_first": {"archived": False, "pinned": False},
    "pinned_first": {"archived": False, "pinned": True},
    "archived_first": {"archived": True},
}
"""The lists of conversations: each is read from an index that holds nothing else."""


class Conversation(models.Model):
    class TitleBy(models.TextChoices):
        NOBODY = "", "nobody yet"
        MODEL = "model", "the model"
        USER = "user", "the user"
        FALLBACK = "fallback", "the first words"

    id = models.UUIDField(primary_key=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200, blank=True)
    title_by = models.CharField(max_length=8, choices=TitleBy, blank=True)
    title_attempts = models.PositiveSmallIntegerField(default=0)
    model = models.CharField(max_length=200, blank=True)
    message_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    # When anything about this row changed that another page may show: its title, its replies, whether they were read.
    changed_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True)
    # When its owner chose which branch of it is shown, where nothing was answered: another version, a new beginning.
    branched_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    # Of the newest version in the store that answering has written.
    tag = models.CharField(max_length=200, blank=True)
    # False until its first question is safe in the store.
    visible = models.BooleanField(default=False)
    pinned = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    tags = models.JSONField(default=list, blank=True)
    # Of the setting of these three that the row follows, as the transcript has it.
    flags_at = models.DateTimeField(null=True)
    # Under this link everybody may read it; the transcript says until where.
    shared = models.UUIDField(null=True)
    # Since then in the bin; for a few seconds it can be taken back.
    deleted_at = models.DateTimeField(null=True)
    # Known where somebody has looked.
    answering = False

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = [
            *(
                models.Index(
                    fields=["owner", "-updated_at", "-id"],
                    name=name,
                    condition=models.Q(visible=True, deleted_at=None, **flags),
                )
                for name, flags in LISTS.items()
            ),
            models.Index(fields=["owner", "changed_at"], name="changed_since"),
            models.Index(fields=["shared"], name="shared_as", condition=models.Q(shared__isnull=False)),
            models.Index(fields=["deleted_at"], name="in_the_bin", condition=models.Q(deleted_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def get_absolute_url(self) -> str:
        return reverse("conversations:detail", args=[self.id])

    @property
    def unread(self) -> bool:
        """Whether an answer has come that the owner has not seen."""
        return bool(self.answered_at and (self.read_at is None or self.read_at < self.answered_at))


class Tagged(models.Model):
    """One tag of one conversation: where the conversations with a tag are found."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="tagged")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    tag = models.CharField(max_length=40)
    # For comparing: whoever writes Work and work means one tag.
    folded = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "folded"], name="one_tag_once")]
        indexes = [models.Index(fields=["owner", "folded"], name="tagged_with")]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.pk}"


class ReplyQuerySet(models.QuerySet["Reply"]):
    def running(self) -> ReplyQuerySet:
        return self.filter(finish="")

    def answering_in(self, conversations: Collection[Conversation]) -> set[UUID]:
        """Those of the conversations in which one is running."""
        found = self.running().filter(conversation__in=conversations) if conversations else self.none()
        return set(found.values_list("conversation_id", flat=True))

    def running_in(self, conversations: Collection[Conversation]) -> dict[UUID, Reply]:
        """Per conversation the one begun last; no query where there are none to look at."""
        found = self.running().filter(conversation__in=conversations).order_by("started_at") if conversations else ()
        return {reply.conversation_id: reply for reply in found}


class Reply(models.Model):
    """One answer being produced. Its id is that of the message it becomes; afterwards it keeps numbers, not words."""

    id = models.UUIDField(primary_key=True)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="replies")
    question = models.UUIDField()
    # The revision of the message that is being written: a continued reply writes the next one.
    rev = models.PositiveIntegerField(default=1)
    # Whose reply it is: only this process may write it, until another takes it over.
    process = models.UUIDField(null=True)
    model = models.CharField(max_length=200, blank=True)
    backend = models.CharField(max_length=20)
    started_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    stop_requested = models.BooleanField(default=False)
    # How the talking ended; `finish` says the same once it is in the store.
    outcome = models.CharField(max_length=11, blank=True)
    finish = models.CharField(max_length=11, blank=True)
    error = models.CharField(max_length=20, blank=True)
    prompt_tokens = models.PositiveIntegerField(null=True)
    completion_tokens = models.PositiveIntegerField(null=True)
    first_ms = models.PositiveIntegerField(null=True)
    total_ms = models.PositiveIntegerField(null=True)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "replies"
        indexes = [
            models.Index(fields=["conversation", "question"], name="answers_to_a_question"),
            models.Index(fields=["heartbeat_at"], name="running_replies", condition=models.Q(finish="")),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Piece(models.Model):
    """What a running reply has said since the piece before; gone when the reply is in the transcript."""

    reply = models.ForeignKey(Reply, models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reply", "number"], name="one_piece_per_number")]

    def __str__(self) -> str:
        return f"{self.reply_id} {self.number}"


class Said(models.Model):
    """What the search finds: a message, or under the role `title` what a conversation is called."""

    RANDOM_BITS = 21

    # The milliseconds when it was said, then chance: newer ones are greater.
    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="said", db_index=False)
    owner = models.UUIDField()
    message = models.UUIDField()
    role = models.CharField(max_length=9)
    rev = models.PositiveIntegerField(default=1)
    model = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    # What of the text is indexed, between spaces.
    words = models.TextField()

    class Meta:
        verbose_name_plural = "said"
        indexes = [
            models.Index(fields=["owner", "id"], condition=~models.Q(role="title"), name="said_messages"),
            models.Index(fields=["owner", "id"], condition=models.Q(role="title"), name="said_titles"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "message", "role"], name="said_once"),
        ]

    def __str__(self) -> str:
        return str(self.message)

    @property
    def said_at(self) -> datetime:
        return datetime.fromtimestamp((self.id >> self.RANDOM_BITS) / 1000, UTC)


class SitePreset(models.Model):
    """A preset that everybody is offered; `settings` are those of a transcript."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict, blank=True)
    starters = models.JSONField(default=list, blank=True)
    examples = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
