"""The short name of a conversation: asked of the model, cleaned, or made from the question."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from contextlib import aclosing
from typing import Literal, Self

from llm import catalog, storable
from llm.backends import backend_for
from llm.backends.base import Message
from llm.config import Config, Sampling, current
from llm.echo import without_echo
from llm.errors import LLMError
from llm.sources import GUIDE, source_of
from llm.thinking import apart
from llm.title_text import answer_line, is_title, lines_of, shortened, tidied

TITLE_PROMPT = "Give this conversation a descriptive, 5-word title with no emojis"
NO_TITLE = "New chat"

SECONDS = 15.0
EXCERPT = 1000
PLAIN_TOKENS = 64
THINKING_TOKENS = 1024
ENOUGH = 2000
"""Characters after which a model is not naming the conversation any more."""

_THINKS = re.compile(
    r"\b(r1|qwq|qwen-?3|o[134]|gpt-?(oss|5)|magistral|deepseek-v[34]|kimi-k2|glm-?[4-9]|minimax-m|nemotron|seed-oss)"
    r"|think|reason",
    re.IGNORECASE,
)
_log = logging.getLogger(__name__)


class Title(str):
    """A title that knows who made it."""

    __slots__ = ("by",)
    by: Literal["model", "fallback"]

    def __new__(cls, text: str, by: Literal["model", "fallback"]) -> Self:
        title = super().__new__(cls, text)
        title.by = by
        return title


async def update_convo_summary(
    messages: Sequence[Message], *, model: str | None = None, config: Config | None = None
) -> Title:
    """Names the conversation after its first exchange; the caller stores the name. Never raises `LLMError`:
    where the model gives no usable title, the first words of the question are one."""
    config = config or current()
    exchange = _first_exchange(messages)
    question = next((message["content"] for message in exchange if message["role"] == "user"), "")
    if question and config.titles and (config.title_model or model or config.backend) != GUIDE:
        try:
            async with asyncio.timeout(SECONDS):
                model = config.title_model or model or (await catalog.default_model(config)).model
                raw = await _asked(exchange, model, config, thinks=_thinks(model, messages))
        except (LLMError, TimeoutError) as error:
            code, detail = (error.code, error.detail) if isinstance(error, LLMError) else ("timeout", "")
            said = [message["content"] for message in exchange]
            _log.warning("no title from the model: %s %s", code, without_echo(detail, said))
        else:
            if title := clean(raw):
                return Title(title, "model")
    return Title(fallback(question), "fallback")


def clean(raw: str) -> str | None:
    """The title in what a model said when it was asked for one; None when there is none."""
    title = tidied(answer_line(raw))
    return shortened(title) if is_title(title, TITLE_PROMPT) else None


def fallback(question: str) -> str:
    """The first words of the question."""
    for line in lines_of(storable.clean(question[:EXCERPT])):
        if title := shortened(tidied(line)):
            return title
    return NO_TITLE


def _first_exchange(messages: Sequence[Message]) -> list[dict[str, str]]:
    """What was said up to the first reply, each text cut."""
    exchange: list[dict[str, str]] = []
    for message in messages:
        content = storable.clean(message["content"][:EXCERPT])
        if message["role"] == "system" or not content.strip():
            continue
        if not exchange and message["role"] != "user":
            continue
        if exchange and exchange[-1]["role"] == message["role"]:
            exchange[-1]["content"] = f"{exchange[-1]['content']}\n\n{content}"[:EXCERPT]
        else:
            exchange.append({"role": message["role"], "content": content})
        if message["role"] == "assistant":
            break
    return exchange


def _thinks(model: str, messages: Sequence[Message]) -> bool:
    return bool(_THINKS.search(model)) or any(message.get("reasoning") for message in messages[:4])


async def _asked(exchange: Sequence[Message], model: str, config: Config, *, thinks: bool) -> str:
    asked: list[Message] = [*exchange, {"role": "user", "content": TITLE_PROMPT}]
    if len(exchange) == 1:
        asked = [{"role": "user", "content": f"{exchange[0]['content']}\n\n{TITLE_PROMPT}"}]
    # A model that thinks first and may say 64 tokens never gets as far as the title.
    sampling = Sampling(temperature=0.2, max_tokens=THINKING_TOKENS if thinks else PLAIN_TOKENS)
    said = ""
    source, name = source_of(config, model)
    async with aclosing(apart(backend_for(source.config).reply(asked, name, sampling))) as chunks:
        async for chunk in chunks:
            said += chunk.text
            if len(said) > ENOUGH:
                break
    return said
