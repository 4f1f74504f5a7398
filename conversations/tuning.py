"""How a model is to answer: the form of it, and what of it stands in a transcript or a preset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conversations.forms import TextField, storable

LONGEST_SYSTEM_PROMPT = 20_000
MOST_STOPS = 4
LONGEST_STOP = 100
SAMPLING = ("temperature", "top_p", "max_tokens", "frequency_penalty", "presence_penalty", "stop", "seed")
"""As `llm.Sampling` calls them."""

MODELS_OWN = _("The model's own")


class PlainTextField(TextField):
    """Refuses what a script may send instead of a text."""

    def to_python(self, value: Any) -> str:
        if not isinstance(value, str | None):
            raise forms.ValidationError(_("This must be a text."), "invalid")
        return super().to_python(value)


class LineField(PlainTextField):
    """On one line, with single spaces between words."""

    def to_python(self, value: Any) -> str:
        return " ".join(super().to_python(value).split())


class NumberField(forms.Field):
    """Between two numbers, with a decimal point or a decimal comma; empty is None."""

    inputmode = "decimal"

    def __init__(self, low: int, high: int, *, placeholder: Any = MODELS_OWN, **kwargs: Any) -> None:
        attrs = {"inputmode": self.inputmode, "placeholder": placeholder, "autocomplete": "off"}
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs), **kwargs)
        self.low, self.high = low, high

    def to_python(self, value: Any) -> float | None:
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        try:
            number = self._read(value)
            if self.low <= number <= self.high:
                return self._made(number)
        except (ValueError, InvalidOperation):
            pass
        raise self._wrong()

    def _read(self, value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError
        written = str(value).strip().replace(",", ".")
        if len(written) > 40:
            raise ValueError
        return Decimal(written)

    def _made(self, number: Decimal) -> float:
        return float(number)

    def _wrong(self) -> forms.ValidationError:
        sentence = _("Write a number from %(low)s to %(high)s, or leave it empty.")
        return forms.ValidationError(sentence, "invalid", {"low": self.low, "high": self.high})


class WholeNumberField(NumberField):
    """Digits only: what 1,000 or 1.000 means depends on who writes it."""

    inputmode = "numeric"

    def _read(self, value: Any) -> Decimal:
        if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?\d+\s*", value):
            raise ValueError
        return super()._read(value)

    def _made(self, number: Decimal) -> int:
        if number != int(number):
            raise ValueError
        return int(number)

    def _wrong(self) -> forms.ValidationError:
        sentence = _("Write a whole number from %(low)s to %(high)s, in digits only, or leave it empty.")
        return forms.ValidationError(sentence, "invalid", {"low": self.low, "high": self.high})


class StopField(forms.Field):
    """One per line, in which backslash and n stand for a new line; or, from a script, a list as it is meant."""

    def to_python(self, value: Any) -> list[str]:
        if isinstance(value, str):
            lines = value.replace("\r\n", "\n").split("\n")
            value = [_unescaped(line) for line in lines if line.strip()]
        value = [] if value is None else value
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise forms.ValidationError(_("These must be texts."), "invalid")
        found = (storable(one).replace("\r\n", "\n").replace("\r", "\n") for one in value)
        return list(dict.fromkeys(one for one in found if one))

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if len(value) > MOST_STOPS:
            raise forms.ValidationError(_("There can be at most 4 stop sequences, one per line."), "too_many")
        if any(len(one) > LONGEST_STOP for one in value):
            raise forms.ValidationError(_("A stop sequence may have at most 100 characters."), "max_length")

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(_escaped, value)) if isinstance(value, list) else value


def _text_area(rows: int, placeholder: Any) -> forms.Textarea:
    # The browser would cut what is pasted, and say nothing.
    return forms.Textarea(attrs={"rows": rows, "dir": "auto", "maxlength": None, "placeholder": placeholder})


class TuningForm(forms.Form):
    """Every field may stay empty, which leaves it to the model, or to the site."""

    system_prompt = PlainTextField(
        label=_("System prompt"),
        help_text=_("Tells the model who it is and how to answer, in at most 20,000 characters."),
        required=False,
        max_length=LONGEST_SYSTEM_PROMPT,
        error_messages={
            "max_length": _("A system prompt may have at most 20,000 characters; this one has more. Shorten it.")
        },
        widget=_text_area(4, _("As set for all your chats")),
    )
    temperature = NumberField(
        0,
        2,
        label=_("Temperature"),
        help_text=_("How freely the model picks its words, from 0 (always the likeliest) to 2 (wild)."),
    )
    top_p = NumberField(
        0,
        1,
        label=_("Top P"),
        help_text=_(
            "Leaves out unlikely words: the model picks among the likeliest that make up this share, from 0 to 1."
        ),
    )
    max_tokens = WholeNumberField(
        1,
        1_000_000,
        label=_("Longest reply"),
        help_text=_(
            "After so many tokens a reply is cut off, from 1 to 1000000; a token is about three quarters of a word."
        ),
    )
    frequency_penalty = NumberField(
        -2,
        2,
        label=_("Frequency penalty"),
        help_text=_("Above 0, words become less likely the more often they were used, from -2 to 2."),
    )
    presence_penalty = NumberField(
        -2,
        2,
        label=_("Presence penalty"),
        help_text=_("Above 0, words that were used once become less likely, which leads to new topics, from -2 to 2."),
    )
    stop = StopField(
        label=_("Stop sequences"),
        help_text=_(
            "Where the model writes one of these, the reply ends: one per line, at most 4 of 100 characters each;"
            " \\n stands for a new line."
        ),
        required=False,
        widget=_text_area(2, _("None")),
    )
    seed = WholeNumberField(
        0,
        2**31 - 1,
        label=_("Seed"),
        help_text=_("The same number gives the same reply again where the model can do that, from 0 to 2147483647."),
    )
    turns = WholeNumberField(
        1,
        1000,
        label=_("Turns the model sees"),
        placeholder=_("As many as fit"),
        help_text=_("How many of the newest turns, each a question and its reply, the model sees, from 1 to 1000."),
    )


NAMES = tuple(TuningForm.base_fields)


def settings_of(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What a transcript's `settings` keep of the form; None leaves it to the model, or to the site."""
    return {name: _kept(cleaned.get(name)) for name in NAMES}


def initial_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the form begins with; nonsense, such as a document edited by hand may hold, counts as empty."""
    return {name: _known(name, settings.get(name)) for name in NAMES}


def sampling_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `llm.Sampling`, without those that are left to the server; nonsense counts as none."""
    found = {name: _known(name, settings.get(name)) for name in SAMPLING}
    return {name: tuple(value) if name == "stop" else value for name, value in found.items() if value is not None}


def _known(name: str, value: Any) -> Any:
    try:
        return _kept(TuningForm.base_fields[name].clean(value))
    except forms.ValidationError:
        return None


def _kept(value: Any) -> Any:
    is_empty = not value.strip() if isinstance(value, str) else value == []
    return None if is_empty else value


def _unescaped(line: str) -> str:
    return re.sub(r"\\([\\n])", lambda found: "\n" if found[1] == "n" else "\\", line)


def _escaped(stop: str) -> str:
    return stop.replace("\\", "\\\\").replace("\n", "\\n")
