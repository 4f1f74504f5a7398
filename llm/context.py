"""Which messages still fit.

A model's real tokenizer is not at hand, so the size is an estimate from the characters: a token for every
four ASCII letters, for one and a half letters of other alphabets, and for one Chinese, Japanese or Korean
character, and four for the frame of each message. `TOKENS` leaves a model with a window of 8,192, the
smallest in wide use, a quarter of it for the reply.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from llm import storable
from llm.backends.base import Message

TOKENS = 6144
FRAME_TOKENS = 4
ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Window:
    messages: list[Message]
    left_out: int
    """How many older messages the model does not see."""


def fit(messages: Sequence[Message], *, system_prompt: str = "", tokens: int = TOKENS) -> Window:
    """The system prompt, the newest turns that fit, and the last question, however long that one is.

    A turn begins with the user. Replies that failed or said nothing are skipped, neighbours of one role
    become one message: strict chat templates refuse anything else.
    """
    head = 0
    while head < len(messages) and messages[head]["role"] == "system":
        head += 1
    systems = [message["content"] for message in messages[:head]]
    if not any(message["role"] == "system" for message in messages):
        systems = [system_prompt]
    left = tokens - sum(estimate(text) for text in systems)

    kept: list[Message] = []
    turn: list[Message] = []
    oldest = len(messages)
    for index in range(len(messages) - 1, head - 1, -1):
        message = messages[index]
        if not _says_something(message):
            continue
        turn.append(message)
        left -= estimate(message["content"])
        if left < 0 and kept:
            break
        if message["role"] == "user":
            kept += turn
            turn = []
            oldest = index
    if not kept:
        raise ValueError("the messages hold nothing a user said")
    kept.reverse()
    systems += [message["content"] for message in kept if message["role"] == "system"]
    left_out = sum(_says_something(message) for message in messages[head:oldest])
    return Window(_alternating(systems, kept), left_out)


def reach(newest_first: Iterable[Message], *, tokens: int = TOKENS) -> list[Message]:
    """Of messages that come from the newest back, those that `fit` would look at, in its order; the others, which
    may have to be fetched from far away, are not asked for."""
    reached: list[Message] = []
    for message in newest_first:
        reached.append(message)
        tokens -= estimate(message["content"]) if _says_something(message) else 0
        if tokens < 0:
            break
    return reached[::-1]


def estimate(text: str) -> int:
    """Tokens, roughly: in UTF-8 a letter of another alphabet is one byte longer than an ASCII letter, a
    Chinese character two, an emoji three."""
    letters = len(text)
    return FRAME_TOKENS + (2 * letters + 3 * (len(text.encode("utf-8", "replace")) - letters)) // 8


def _says_something(message: Message) -> bool:
    if message["role"] not in ROLES:
        raise ValueError(f"no message has the role {message['role']!r}")
    content = message["content"]
    return bool(content) and not content.isspace() and message.get("finish") != "failed"


def _alternating(systems: Iterable[str], messages: Iterable[Message]) -> list[Message]:
    system = "\n\n".join(text for text in systems if text.strip())
    joined: list[dict[str, str]] = [{"role": "system", "content": storable.clean(system)}] if system else []
    for message in messages:
        if message["role"] == "system":
            continue
        content = storable.clean(message["content"])
        if joined and joined[-1]["role"] == message["role"]:
            joined[-1]["content"] += f"\n\n{content}"
        else:
            joined.append({"role": message["role"], "content": content})
    return list(joined)
