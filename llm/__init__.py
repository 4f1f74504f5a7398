"""Who answers: `get_reply` streams a reply, `update_convo_summary` names a conversation."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from llm import catalog, context
from llm.backends import backend_for
from llm.backends.base import Message
from llm.chunk import Chunk, Usage, Waiting
from llm.config import ROUTER, Config, Sampling, Server, configure, current
from llm.continuing import continued
from llm.errors import LLMError
from llm.sources import source_of
from llm.thinking import apart
from llm.title import Title, update_convo_summary

__all__ = [
    "ROUTER",
    "Chunk",
    "Config",
    "LLMError",
    "Message",
    "Sampling",
    "Server",
    "Title",
    "Usage",
    "Waiting",
    "configure",
    "get_reply",
    "update_convo_summary",
]


async def get_reply(
    messages: Sequence[Message],
    *,
    model: str | None = None,
    config: Config | None = None,
    sampling: Sampling | None = None,
) -> AsyncGenerator[Chunk, None]:
    """Streams the reply to the last message; the last chunk, and no other, has `finish`.

    Where the last message is the assistant's, it was cut off: what comes is to be added to it.

    Raises `LLMError`. Closing the generator, or cancelling the task that reads it, stops the model.
    """
    config = config or current()
    model = model or (await catalog.default_model(config)).model
    source, name = source_of(config, model)
    window = context.fit(messages, system_prompt=config.system_prompt)
    last = window.messages[-1]
    reply = apart(backend_for(source.config).reply(window.messages, name, sampling or Sampling()))
    if last["role"] == "assistant":
        reply = continued(reply, last["content"])
    async with aclosing(reply) as chunks:
        async for chunk in chunks:
            yield chunk
