"""Which messages still fit.

Where a model's own tokenizer is not at hand, the size is an estimate from the characters: a token for every
four ASCII letters, for one and a half letters of other alphabets, and for one Chinese, Japanese or Korean
character, and four for the frame of each message. A quarter of the window is left for the reply, but no more than
`REPLY_TOKENS` when nobody has asked for a longer one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from llm import storable
from llm.backends.base import Message

TOKENS = 6144
"""For the question in a window of 8,192, the smallest in wide use."""

REPLY_TOKENS = 4096
FRAME_TOKENS = 4
ROLES = ("system", "user", "assistant")


Measure = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Window:
    messages: list[Message]
    left_out: int
    """How many older messages the model does not see."""
    first: str | None
    """The `id` of the oldest it sees, where messages have one."""
    tokens: int
    """What is sent, counted or estimated."""


def question_tokens(window: int, max_tokens: int | None = None) -> int:
    """How much of a model's window is for what it is told; the rest is for what it says."""
    reply = max_tokens or min(window // 4, REPLY_TOKENS)
    return window - min(reply, window // 2)


def fit(
    messages: Sequence[Message],
    *,
    system_prompt: str = "",
    examples: Sequence[Message] = (),
    tokens: int = TOKENS,
    turns: int | None = None,
    measure: Measure | None = None,
) -> Window:
    """The system prompt, the examples, the newest turns that fit, and the last question, however long that one is.

    A turn begins with the user. Replies that failed or said nothing are skipped, neighbours of one role
    become one message: strict chat templates refuse anything else. `measure` gives the tokens of a text.
    """
    measure = measure or estimate
    head = 0
    while head < len(messages) and messages[head]["role"] == "system":
        head += 1
    systems = [message["content"] for message in messages[:head]]
    if not any(message["role"] == "system" for message in messages):
        systems = [system_prompt]
    used = sum(measure(text) for text in systems) + sum(measure(message["content"]) for message in examples)

    kept: list[Message] = []
    turn: list[Message] = []
    size = 0
    whole = 0
    oldest = len(messages)
    for index in range(len(messages) - 1, head - 1, -1):
        message = messages[index]
        if not _says_something(message):
            continue
        turn.append(message)
        size += measure(message["content"])
        if kept and (used + size > tokens or whole == turns):
            break
        if message["role"] == "user":
            kept += turn
            used += size
            whole += 1
            turn, size = [], 0
            oldest = index
    if not kept:
        raise ValueError("the messages hold nothing a user said")
    kept.reverse()
    systems += [message["content"] for message in kept if message["role"] == "system"]
    left_out = sum(_says_something(message) for message in messages[head:oldest])
    sent = _alternating(systems, [*examples, *kept])
    return Window(sent, left_out, messages[oldest].get("id"), used)


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
