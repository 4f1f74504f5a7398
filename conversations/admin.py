"""Staff see that conversations exist, never what was said: neither titles nor words."""

from django.contrib import admin
from django.http import HttpRequest

from conversations.models import Conversation, ConversationQuerySet, Reply


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """A filter in the address such as `title__contains` would tell what a title says, guess by guess."""
        return lookup.partition("__")[0] in {*map(str, self.list_filter), self.date_hierarchy}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Conversation)
class ConversationAdmin(ReadOnly):
    list_select_related = ["owner"]
    fields = ("id", "owner", "model", "message_count", "created_at", "updated_at")
    list_display = fields
    date_hierarchy = "updated_at"

    def get_queryset(self, request: HttpRequest) -> ConversationQuerySet:
        return Conversation.objects.defer("owner__prompts")


@admin.register(Reply)
class ReplyAdmin(ReadOnly):
    fields = (
        "id", "conversation", "model", "backend", "finish", "error",
        "started_at", "first_ms", "total_ms", "prompt_tokens", "completion_tokens",
    )  # fmt: skip
    list_display = fields
    list_filter = ["finish", "error", "backend"]
