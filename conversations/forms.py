from __future__ import annotations

from typing import Any
from unicodedata import category
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from conversations.bin import MOST as MOST_AT_ONCE
from conversations.flags import LONGEST_TAG, MOST_TAGS, distinct

MAX_CHARACTERS = 100_000


def storable(text: str) -> str:
    """NUL and lone surrogates, which no database or JSON file takes, become U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_blank(text: str) -> bool:
    """Also of characters that have no width, or only say how others are written."""
    return all(category(character) in {"Cc", "Cf", "Zl", "Zp", "Zs"} for character in text)


class TextField(forms.CharField):
    """What a person typed, as it was typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        return storable(super().to_python(value) or "").replace("\r\n", "\n")


class ModelField(forms.CharField):
    """The id of a model; which there are is not known here."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=200)

    def to_python(self, value: Any) -> str:
        return storable(super().to_python(value) or "")


class SettingsField(forms.JSONField):
    """As a script sends them, or as JSON. Django does not expect what nests too deeply, nor too long a number."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(self.error_messages["invalid"], "invalid") from error


class EditForm(forms.Form):
    text = TextField(
        max_length=MAX_CHARACTERS,
        error_messages={
            "required": _("Type a message first."),
            "max_length": _(
                "A message may have at most 100,000 characters; this one has more. Shorten it or split it."
            ),
        },
    )

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if is_blank(text):
            raise forms.ValidationError(_("Type a message first."), "required")
        return text


class MessageForm(EditForm):
    message = forms.UUIDField(error_messages={"required": _("The message has no id. Reload the page and try again.")})
    parent = forms.UUIDField(required=False)
    model = ModelField()
    settings = SettingsField(required=False)
    preset = forms.UUIDField(required=False)


class ReplyForm(forms.Form):
    """Another reply, under an id the page may choose so that a repeated request asks once."""

    reply = forms.UUIDField(required=False)


class CurrentForm(forms.Form):
    message = forms.UUIDField(error_messages={"required": _("Say which message is to be shown.")})


class ForkForm(CurrentForm):
    conversation = forms.UUIDField(required=False)


class RatingForm(forms.Form):
    value = forms.ChoiceField(
        choices=[("good", "good"), ("bad", "bad"), ("", "taken back")],
        required=False,
        error_messages={"invalid_choice": _('A rating is "good" or "bad", or empty to take it back.')},
    )
    comment = TextField(
        max_length=2000,
        required=False,
        error_messages={"max_length": _("A comment may have at most 2,000 characters.")},
    )


class FlagForm(forms.Form):
    """Says what is to be, not that it is to change: sent twice it is the same."""

    on = forms.ChoiceField(
        choices=[("true", "on"), ("false", "off")],
        error_messages=dict.fromkeys(("required", "invalid_choice"), _('Say "true" or "false".')),
    )

    def clean_on(self) -> bool:
        return bool(self.cleaned_data["on"] == "true")


class TagsForm(forms.Form):
    tags = forms.CharField(required=False, max_length=5000, strip=False)

    def clean_tags(self) -> list[str]:
        tags = distinct(storable(self.cleaned_data["tags"]).replace("\n", ",").split(","))
        if any(len(tag) > LONGEST_TAG for tag in tags):
            sentence = _("A tag may have at most %(count)s characters.")
            raise forms.ValidationError(sentence, "max_length", {"count": LONGEST_TAG})
        if len(tags) > MOST_TAGS:
            sentence = _("A conversation may have at most %(count)s tags.")
            raise forms.ValidationError(sentence, "too_many", {"count": MOST_TAGS})
        return tags


class SeveralForm(forms.Form):
    """Conversations by their ids, separated by commas."""

    conversations = forms.CharField(error_messages={"required": _("Select a conversation first.")})

    def clean_conversations(self) -> list[UUID]:
        try:
            found = list(dict.fromkeys(UUID(one.strip()) for one in self.cleaned_data["conversations"].split(",")))
        except ValueError as error:
            raise forms.ValidationError(_("These are not the ids of conversations."), "invalid") from error
        if len(found) > MOST_AT_ONCE:
            sentence = _("Select at most %(count)s conversations at once.")
            raise forms.ValidationError(sentence, "too_many", {"count": MOST_AT_ONCE})
        return found


class ArchiveSeveralForm(FlagForm, SeveralForm):
    pass


class ExportSeveralForm(SeveralForm):
    kind = forms.ChoiceField(
        choices=[("md", "Markdown"), ("json", "JSON"), ("txt", "plain text")],
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Say md, json or txt.")),
    )


class RenameForm(forms.Form):
    title = forms.CharField(max_length=200, error_messages={"required": _("A title needs at least one character.")})

    def clean_title(self) -> str:
        title = " ".join(storable(self.cleaned_data["title"]).split())
        if is_blank(title):
            raise forms.ValidationError(self.fields["title"].error_messages["required"], "required")
        return title
