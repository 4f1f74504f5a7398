"""What the doctor has found, in words for the operator. Never with a secret in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Literal, ParamSpec

from llm.errors import LLMError

P = ParamSpec("P")
Verdict = Literal["ok", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    about: str
    verdict: Verdict
    says: str
    why: str = ""
    advice: str = ""


Findings = Iterator[Finding]


def ok(about: str, says: str) -> Finding:
    return Finding(about, "ok", says)


def note(about: str, says: str, why: str, advice: str) -> Finding:
    """May be meant so, and does not count as wrong."""
    return Finding(about, "note", says, why, advice)


def wrong(about: str, says: str, why: str, advice: str) -> Finding:
    return Finding(about, "wrong", says, why, advice)


def sentence(error: Exception) -> str:
    said = str(error)
    return said[:1].upper() + said[1:]


def status(error: LLMError) -> str:
    """What kind it is, and what the server said: cut, and free of keys."""
    return ": ".join(filter(None, (error.code, error.detail.strip(" :"))))


def examines(about: str) -> Callable[[Callable[P, Iterable[Finding]]], Callable[P, list[Finding]]]:
    """A look that fails in a way nobody has thought of is a finding too, and does not end the others."""

    def decorate(look: Callable[P, Iterable[Finding]]) -> Callable[P, list[Finding]]:
        @wraps(look)
        def examined(*args: P.args, **kwargs: P.kwargs) -> list[Finding]:
            found: list[Finding] = []
            try:
                found.extend(look(*args, **kwargs))
            except Exception as error:  # noqa: BLE001
                found.append(
                    wrong(
                        about,
                        f"This could not be looked at ({type(error).__name__}).",
                        "The doctor did not expect it, so it is a bug.",
                        "Run it again with LOG_LEVEL=DEBUG, and report what it prints.",
                    )
                )
            return found

        return examined

    return decorate
