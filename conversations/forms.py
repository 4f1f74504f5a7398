from __future__ import annotations

from typing import Any

from django import forms

MAX_CHARACTERS = 100_000


def storable(text: str) -> str:
    """NUL and lone surrogates, which no database or JSON file takes, become U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class TextField(forms.CharField):
    """What a person typed, as it was typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        return storable(super().to_python(value) or "").replace("\r\n", "\n")


class EditForm(forms.Form):
    text = TextField(
        max_length=MAX_CHARACTERS,
        error_messages={
            "required": "Type a message first.",
            "max_length": "A message may have at most 100,000 characters; this one has more. Shorten it or split it.",
        },
    )

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not text.strip():
            raise forms.ValidationError("Type a message first.", "required")
        return text


class MessageForm(EditForm):
    message = forms.UUIDField(error_messages={"required": "The message has no id. Reload the page and try again."})
    parent = forms.UUIDField(required=False)
    model = forms.CharField(required=False, max_length=200)


class ReplyForm(forms.Form):
    """Another reply, under an id the page may choose so that a repeated request asks once."""

    reply = forms.UUIDField(required=False)


class CurrentForm(forms.Form):
    message = forms.UUIDField(error_messages={"required": "Say which message is to be shown."})


class ForkForm(CurrentForm):
    conversation = forms.UUIDField(required=False)


class RatingForm(forms.Form):
    value = forms.ChoiceField(
        choices=[("good", "good"), ("bad", "bad"), ("", "taken back")],
        required=False,
        error_messages={"invalid_choice": 'A rating is "good" or "bad", or empty to take it back.'},
    )
    comment = TextField(
        max_length=2000,
        required=False,
        error_messages={"max_length": "A comment may have at most 2,000 characters."},
    )


class RenameForm(forms.Form):
    title = forms.CharField(max_length=200, error_messages={"required": "A title needs at least one character."})

    def clean_title(self) -> str:
        return " ".join(storable(self.cleaned_data["title"]).split())
