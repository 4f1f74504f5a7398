"""Staff see that conversations exist, never what was said: neither titles nor words."""

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from conversations.models import Conversation, ConversationQuerySet, Reply, SitePreset
from conversations.preset_form import ExamplesField, PresetForm, StartersField
from conversations.presets import Preset, of_row


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
        return Conversation.objects.defer("owner__prompts", "owner__presets")


@admin.register(Reply)
class ReplyAdmin(ReadOnly):
    fields = (
        "id", "conversation", "model", "backend", "finish", "error",
        "started_at", "first_ms", "total_ms", "prompt_tokens", "completion_tokens",
    )  # fmt: skip
    list_display = fields
    list_filter = ["finish", "error", "backend"]


class Lines(forms.Textarea):
    """A list, one text per line."""

    def format_value(self, value: Any) -> str:
        return "\n".join(value) if isinstance(value, list) else value or ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return str(data.get(name) or "").splitlines()


class Turns(forms.Textarea):
    """Pairs of texts, as JSON."""

    def format_value(self, value: Any) -> str:
        return json.dumps(value or [], ensure_ascii=False, indent=2)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        try:
            return json.loads(data.get(name) or "[]")
        except (ValueError, RecursionError):
            return data.get(name)


class SitePresetForm(PresetForm, forms.ModelForm):  # type: ignore[type-arg]
    starters = StartersField(required=False, widget=Lines, help_text="One per line, at most 6.")
    examples = ExamplesField(
        required=False, widget=Turns, help_text='At most 10, as in [{"user": "A question", "assistant": "Its answer"}].'
    )

    class Meta:
        model = SitePreset
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        row = kwargs.get("instance")
        known = of_row(row) if row else None
        kwargs["initial"] = (known.fields() if known else {}) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    def save(self, commit: bool = True) -> SitePreset:
        kept = Preset.of_fields(str(self.instance.id), self.cleaned_data).kept()
        for name, value in kept.items():
            setattr(self.instance, name, value)
        saved: SitePreset = super().save(commit)
        return saved


@admin.register(SitePreset)
class SitePresetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What everybody is offered; nothing a user wrote."""

    form = SitePresetForm
    list_display = ("name", "model_of")
    fields = tuple(PresetForm.field_order)

    @admin.display(description="model")
    def model_of(self, row: SitePreset) -> str:
        known = of_row(row)
        return known.model if known else ""
