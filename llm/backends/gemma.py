"""Gemma 1 and 2, and who else knows no system role: the system prompt goes into the first question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from llm.backends.base import Message
from llm.errors import BadRequest, LLMError, Unavailable

_IDS = re.compile(r"(?<![a-z])gemma-?(?:(?:1|1\.1|2)(?![.\d])|(?=-(?:\d+b|it)\b)|(?=:)|$)", re.IGNORECASE)
_REFUSAL = re.compile(r"system.{0,20}(role|message|prompt)|role.{0,20}system|roles must alternate", re.IGNORECASE)


def knows_no_system(model: str) -> bool:
    return _IDS.search(model) is not None


def refuses_system(failure: LLMError) -> bool:
    """Some servers answer 500 when the chat template raises."""
    return isinstance(failure, BadRequest | Unavailable) and _REFUSAL.search(failure.detail) is not None


def without_system(messages: Sequence[Message]) -> list[Message]:
    if not messages or messages[0]["role"] != "system":
        return list(messages)
    system, *rest = messages
    if rest and rest[0]["role"] == "user":
        return [{"role": "user", "content": f"{system['content']}\n\n{rest[0]['content']}"}, *rest[1:]]
    return [{"role": "user", "content": system["content"]}, *rest]
