from __future__ import annotations

from typing import Any

import pytest

from accounts.vault import is_current, seal, unseal

TEXT = "hf_canary"


def test_what_was_sealed_is_opened_for_its_owner_only() -> None:
    sealed = seal(TEXT, "alice")
    assert TEXT not in sealed
    assert (unseal(sealed, "alice"), unseal(sealed, "bob")) == (TEXT, None)


def test_the_same_text_is_never_sealed_the_same() -> None:
    assert seal(TEXT, "alice") != seal(TEXT, "alice")


def test_another_key_opens_nothing(settings: Any) -> None:
    sealed = seal(TEXT, "alice")
    settings.ENCRYPTION_KEY = "another"
    assert unseal(sealed, "alice") is None


def test_the_key_before_opens_too_and_seals_nothing(settings: Any) -> None:
    sealed = seal(TEXT, "alice")
    settings.ENCRYPTION_KEY_FALLBACKS, settings.ENCRYPTION_KEY = ["older", settings.ENCRYPTION_KEY], "another"
    assert (unseal(sealed, "alice"), unseal(sealed, "bob")) == (TEXT, None)
    assert (is_current(sealed, "alice"), is_current(seal(TEXT, "alice"), "alice")) == (False, True)


@pytest.mark.parametrize("place", [2, 15, 30, -1])
def test_what_was_changed_is_not_opened(place: int) -> None:
    sealed = list(seal(TEXT, "alice"))
    sealed[place] = "A" if sealed[place] != "A" else "B"
    assert unseal("".join(sealed), "alice") is None


@pytest.mark.parametrize("damaged", ["", "1.", "1.AAAA", "1.é", "nonsense", "1.====", "2." + "A" * 60, "\0"])
def test_what_was_never_sealed_is_not_opened(damaged: str) -> None:
    assert unseal(damaged, "alice") is None
