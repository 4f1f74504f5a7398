"""What was said, as a model is told it, and the title it gives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from uuid import UUID

from django.db import DatabaseError
from django.utils import timezone

import llm
from accounts.models import User
from accounts.tokens import hugging_face_token
from conversations import admission
from conversations.archive import Deleted
from conversations.background import insisting
from conversations.events import Event
from conversations.live import LiveReply
from conversations.offer import config_with, terms
from conversations.store import StoreError
from conversations.transcript import TitleBy, Transcript
from conversations.transcripts import archive, on_a_thread
from conversations.writer import write
from llm import context
from llm.title import fallback

logger = logging.getLogger(__name__)


def first_words(question: str) -> str:
    """A title for the time until a model has made one, and for when none does."""
    return fallback(question)


def said(transcript: Transcript, leaf: str | None, tokens: int = context.TOKENS) -> list[llm.Message]:
    """The newest of what was said up to a message, as models want it; `finish` tells which replies failed, `reasoning`
    which models think."""
    messages: Iterator[llm.Message] = (
        {
            "id": message.id,
            "role": message.role,
            "content": message.text,
            "reasoning": message.reasoning,
            "finish": message.finish or "",
        }
        for message in archive().upwards(transcript, leaf)
    )
    return context.reach(messages, tokens=tokens)


async def title_of(owner: User, transcript: Transcript) -> tuple[str, TitleBy]:
    """What a model calls it, or its first words; within the time a title may take."""
    messages = await on_a_thread(said, transcript, transcript.leaf)
    try:
        config = config_with(await hugging_face_token(owner.id, write))
        asked = await terms(config, owner, transcript.settings)
    except llm.LLMError:
        return first_words(next((one["content"] for one in messages if one["role"] == "user"), "")), "fallback"
    title = await llm.update_convo_summary(messages, model=asked.model, config=asked.config)
    return str(title), title.by


async def title_while_it_talks(
    live: LiveReply, exchange: list[llm.Message], model: str, config: llm.Config, *, most: int
) -> tuple[llm.Title, int]:
    """What a model calls a conversation by what it has said so far, and how often it was asked, `most` times at most.

    A server that serves one after the other has no time for it before the reply has ended: then it is asked again.
    """
    asked = 0
    while True:
        talk = live.talk if live.talk and not live.talk.done() else None
        said = [*exchange, {"role": "assistant", "content": live.text, "reasoning": live.reasoning}]
        title = await llm.update_convo_summary(said, model=model or None, config=config)
        asked += 1
        if title.by == "model" or talk is None or asked >= most:
            return title, asked
        await asyncio.wait([talk])


async def call(live: LiveReply, transcript: Transcript, title: llm.Title, *, asked: int) -> None:
    """Gives the conversation a title, and tells who watches the reply. Never fails the reply: a conversation without a
    title keeps the first words of its question."""
    conversation, now = UUID(transcript.id), timezone.now()
    # The first words it has in the store from the beginning, though they need not be those of this question.
    said = str(title) if title.by == "model" else transcript.title or str(title)
    try:
        # The store first: it is the truth.
        if title.by == "model":
            await insisting(
                lambda: on_a_thread(
                    archive().change,
                    UUID(transcript.owner.id),
                    conversation,
                    lambda known: known.set_title(said, title.by, now),
                )
            )
        if await write(admission.entitle, conversation, said, title.by, asked=asked):
            live.entitle(Event("title", {"title": said, "title_by": title.by}))
    except (Deleted, StoreError, DatabaseError):
        logger.warning("The title of conversation %s could not be saved", conversation)
