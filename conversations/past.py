"""What was said, as a model is told it, and the title it gives."""

from __future__ import annotations

from collections.abc import Iterator

import llm
from accounts.models import User
from conversations.offer import config_of, terms
from conversations.transcript import TitleBy, Transcript
from conversations.transcripts import archive, on_a_thread
from conversations.writer import write
from llm import context
from llm.title import fallback


def first_words(question: str) -> str:
    """A title for the time until a model has made one, and for when none does."""
    return fallback(question)


def said(transcript: Transcript, leaf: str | None, tokens: int = context.TOKENS) -> list[llm.Message]:
    """The newest of what was said up to a message, as models want it; `finish` tells which replies failed."""
    messages: Iterator[llm.Message] = (
        {"id": message.id, "role": message.role, "content": message.text, "finish": message.finish or ""}
        for message in archive().upwards(transcript, leaf)
    )
    return context.reach(messages, tokens=tokens)


async def title_of(owner: User, transcript: Transcript) -> tuple[str, TitleBy]:
    """What a model calls it, or its first words; within the time a title may take."""
    messages = await on_a_thread(said, transcript, transcript.leaf)
    try:
        asked = await terms(await write(config_of, owner), owner, transcript.settings)
    except llm.LLMError:
        return first_words(next((one["content"] for one in messages if one["role"] == "user"), "")), "fallback"
    title = await llm.update_convo_summary(messages, model=asked.model, config=asked.config)
    return str(title), title.by
