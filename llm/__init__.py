"""Who answers: `get_reply` streams a reply, `update_convo_summary` names a conversation."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from llm import catalog
from llm.backends.base import Message
from llm.chunk import Chunk, Context, Usage, Waiting
from llm.config import ROUTER, Config, Sampling, Server, configure, current
from llm.echo import without_echo
from llm.errors import LLMError
from llm.fitting import question_tokens, reply_that_fits
from llm.title import Title, update_convo_summary

__all__ = [
    "ROUTER",
    "Chunk",
    "Config",
    "Context",
    "LLMError",
    "Message",
    "Sampling",
    "Server",
    "Title",
    "Usage",
    "Waiting",
    "configure",
    "get_reply",
    "question_tokens",
    "update_convo_summary",
]


async def get_reply(
    messages: Sequence[Message],
    *,
    model: str | None = None,
    config: Config | None = None,
    sampling: Sampling | None = None,
    examples: Sequence[Message] = (),
    turns: int | None = None,
) -> AsyncGenerator[Chunk, None]:
    """Streams the reply to the last message; before its first piece comes what of the messages the model was shown, and
    the last chunk, and no other, has `finish`.

    Where the last message is the assistant's, it was cut off: what comes is to be added to it. `examples` are shown to
    the model before the messages, always; of the messages it sees as many as fit, and the newest `turns` at most.

    Raises `LLMError`. Closing the generator, or cancelling the task that reads it, stops the model.
    """
    config = config or current()
    model = model or (await catalog.default_model(config)).model
    reply = reply_that_fits(messages, model, config, sampling or Sampling(), examples=examples, turns=turns)
    try:
        async with aclosing(reply) as chunks:
            async for chunk in chunks:
                yield chunk
    except LLMError as error:
        sent = [config.system_prompt, *(message["content"] for message in (*messages, *examples))]
        error.detail = without_echo(error.detail, [*sent, *((sampling and sampling.stop) or ())])
        raise
