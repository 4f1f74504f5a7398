"""The form of a preset: what a conversation has to tune, and what it begins with."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conversations.forms import TextField
from conversations.presets import (
    LONGEST_EXAMPLE,
    LONGEST_MODEL,
    LONGEST_NAME,
    LONGEST_STARTER,
    MOST_EXAMPLES,
    MOST_STARTERS,
)
from conversations.tuning import NAMES, LineField, TuningForm

SIDES = ("user", "assistant")
EMPTY: tuple[Any, ...] = ("", None, [])


class Rows(forms.Widget):
    """Fields of one name, one below the other; from a script a list."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.getlist(name) if hasattr(data, "getlist") else data.get(name)


class Pairs(Rows):
    """Two such columns, read row by row."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if not hasattr(data, "getlist"):
            return data.get(name)
        columns = (data.getlist(f"{name}_{side}") for side in SIDES)
        return [dict(zip(SIDES, pair, strict=True)) for pair in zip(*columns, strict=False)]


class StartersField(forms.Field):
    widget = Rows

    def to_python(self, value: Any) -> list[str]:
        value = [] if value is None else value
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise forms.ValidationError(_("These must be texts."), "invalid")
        return [text for one in value if (text := _typed(one))]

    def validate(self, value: list[str]) -> None:
        if len(value) > MOST_STARTERS:
            raise forms.ValidationError(_("A preset may have at most 6 starter prompts."), "too_many")
        for number, text in enumerate(value, 1):
            if len(text) > LONGEST_STARTER:
                sentence = _("Starter prompt %(number)s has more than 2,000 characters. Shorten it.")
                raise forms.ValidationError(sentence, "max_length", {"number": number})


class ExamplesField(forms.Field):
    widget = Pairs

    def to_python(self, value: Any) -> list[dict[str, str]]:
        value = [] if value is None else value
        if not isinstance(value, list) or not all(_is_pair(one) for one in value):
            raise forms.ValidationError(_("These must be pairs of texts, user and assistant."), "invalid")
        pairs = ({side: _typed(pair.get(side) or "") for side in SIDES} for pair in value)
        return [pair for pair in pairs if any(pair.values())]

    def validate(self, value: list[dict[str, str]]) -> None:
        if len(value) > MOST_EXAMPLES:
            raise forms.ValidationError(_("A preset may have at most 10 example turns."), "too_many")
        for number, pair in enumerate(value, 1):
            if not all(pair.values()):
                sentence = _("Example %(number)s needs both a question and its answer.")
                raise forms.ValidationError(sentence, "required", {"number": number})
            if any(len(text) > LONGEST_EXAMPLE for text in pair.values()):
                sentence = _("Example %(number)s has a text of more than 4,000 characters. Shorten it.")
                raise forms.ValidationError(sentence, "max_length", {"number": number})


class PresetForm(TuningForm):
    name = LineField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        error_messages={
            "required": _("Give it a name, such as Translator."),
            "max_length": _("A name may have at most 80 characters."),
        },
        widget=forms.TextInput(attrs={"dir": "auto", "maxlength": None, "autocomplete": "off"}),
    )
    model = LineField(
        label=_("Model"),
        help_text=_("Its id, such as google/gemma-2-9b-it. Empty is the one you have chosen."),
        required=False,
        max_length=LONGEST_MODEL,
        error_messages={"max_length": _("The id of a model has at most 200 characters.")},
        widget=forms.TextInput(
            attrs={"list": "models", "autocapitalize": "none", "spellcheck": "false", "maxlength": None}
        ),
    )
    starters = StartersField(
        label=_("Starter prompts"),
        help_text=_("What the page of a new chat offers to begin with: at most 6."),
        required=False,
    )
    examples = ExamplesField(
        label=_("Example turns"),
        help_text=_("The model sees them before each chat and answers in their manner: at most 10."),
        required=False,
    )
    field_order = ["name", "model", *NAMES, "starters", "examples"]

    def single(self) -> list[forms.BoundField]:
        """The fields that have one value."""
        return [field for field in self if field.name not in ("starters", "examples")]

    def finer(self) -> list[forms.BoundField]:
        """What few presets set."""
        return [self[name] for name in NAMES if name != "system_prompt"]

    def is_fine(self) -> bool:
        return any(field.errors or field.value() not in EMPTY for field in self.finer())

    def starter_rows(self) -> list[str]:
        """Those there are and empty ones: without scripts no more can be added."""
        return _padded(self["starters"].value(), "", 2, MOST_STARTERS)

    def example_rows(self) -> list[dict[str, str]]:
        return _padded(self["examples"].value(), dict.fromkeys(SIDES, ""), 1, MOST_EXAMPLES)


def _padded(rows: Any, empty: Any, spare: int, most: int) -> list[Any]:
    filled = [row for row in rows or [] if row != empty]
    return filled + [empty] * max(0, min(spare, most - len(filled)))


def _typed(text: str) -> str:
    text = TextField().to_python(text)
    return text if text.strip() else ""


def _is_pair(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(side), str | None) for side in SIDES)
