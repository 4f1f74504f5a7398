"""Answer one message from start to finish."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import asdict
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

import llm
from conversations import admission
from conversations.archive import Deleted, Opened
from conversations.checkpoints import keep_saving, save_once
from conversations.events import Event, done, failed, started
from conversations.live import LiveReply
from conversations.message import Finish, Message
from conversations.models import Conversation
from conversations.offer import failure_sentence
from conversations.page import html_of
from conversations.refusals import NotYours
from conversations.store import StoreError
from conversations.transcript import Transcript
from conversations.transcripts import archive, on_a_thread
from conversations.writer import write
from llm import catalog, context
from llm.errors import Upstream
from llm.title import fallback

T = TypeVar("T")
logger = logging.getLogger(__name__)

TITLE_AFTER = 400
"""Characters of a first reply after which its conversation can be named."""

TITLE_SECONDS = 15.0
"""How long an ended reply waits for its conversation's title."""

SAVE_PAUSES = (0.5, 2.0, 5.0)
"""Seconds between the attempts to save a finished reply while the store is away."""

_tasks: set[asyncio.Task[Any]] = set()


def detached(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Runs on when the request that began it has gone away, and holds none of its threads."""
    task = asyncio.create_task(work, context=contextvars.Context())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return task


class Answer:
    """The work on one reply, in this process, until it is in the transcript."""

    def __init__(
        self, conversation: UUID, transcript: Transcript, tag: str | None, question: Message, reply: UUID
    ) -> None:
        self.conversation = conversation
        self.transcript = transcript
        self.tag = tag
        self.question = question
        self.live = LiveReply(reply, conversation, question.text)
        self.model = ""
        self.usage: llm.Usage | None = None
        self.finish: Finish = "stop"
        self.failure: llm.LLMError | None = None
        self.began = time.monotonic()
        self.first_ms: int | None = None
        self.thought_ms: int | None = None
        self.total_ms = 0
        self.title: asyncio.Task[None] | None = None
        self.row: Conversation | None = None

    async def begin(self) -> None:
        """Asks the model at once, but returns only when the question is safe in the store."""
        keep_saving()
        self.live.talk = detached(self._talk())
        await self._write()
        await self._know_model()
        self.row = await write(
            admission.question_saved,
            self.conversation,
            self.live.id,
            messages=self.transcript.count,
            model=self.model,
        )
        self.live.start(started(self.conversation, self.question.id, self.live.id, self.model))
        detached(self._finish())

    async def _write(self) -> None:
        if self.tag is None:
            opened = await on_a_thread(archive().create, self.transcript)
        else:
            opened = await on_a_thread(archive().save, Opened(self.transcript, self.tag))
        self.transcript, self.tag = opened.transcript, opened.tag

    async def _know_model(self) -> None:
        try:
            self.model = (await catalog.default_model(settings.LLM)).model
        except llm.LLMError:
            # The talk fails for the same reason and says so in the page.
            self.model = self.model or ""

    async def _talk(self) -> None:
        try:
            await self._know_model()
            said = await on_a_thread(self._said)
            async with aclosing(llm.get_reply(said, model=self.model or None)) as chunks:
                async for chunk in chunks:
                    self._hear(chunk)
            if not self.live.text.strip():
                raise Upstream("an empty reply")
        except llm.LLMError as error:
            logger.warning("Reply %s failed: %s %s", self.live.id, error.code, error.detail)
            self.finish, self.failure = "failed", error
        except asyncio.CancelledError:
            self.finish = self.live.cut or "interrupted"
        except Exception as error:
            logger.exception("Reply %s failed", self.live.id)
            self.finish, self.failure = "failed", Upstream(type(error).__name__)

    def _said(self) -> list[llm.Message]:
        """The newest of what was said up to the question, as models want it; `finish` tells which replies failed."""
        return context.reach(
            {"role": message.role, "content": message.text, "finish": message.finish or ""}
            for message in archive().upwards(self.transcript, self.question.id)
        )

    def _hear(self, chunk: llm.Chunk) -> None:
        if self.first_ms is None and (chunk.text or chunk.reasoning):
            self.first_ms = self._elapsed()
        if self.thought_ms is None and chunk.text and self.live.reasoning:
            self.thought_ms = self._elapsed()
        self.live.add(chunk.text, chunk.reasoning)
        self.usage = chunk.usage or self.usage
        self.finish = chunk.finish or self.finish
        if self.title is None and self.live.length >= TITLE_AFTER and self._wants_title():
            self.title = detached(self._entitle())

    def _elapsed(self) -> int:
        return round((time.monotonic() - self.began) * 1000)

    async def _finish(self) -> None:
        """The reply goes into the transcript, then the row; then the pages hear that it is done."""
        assert self.live.talk  # noqa: S101
        await asyncio.wait([self.live.talk])
        self.total_ms = self._elapsed()
        text = self.live.shown_text if self.live.cut else self.live.text
        message = self._message(text)
        try:
            await self._save(message)
            await write(admission.ended, self.conversation, self.live.id, messages=self.transcript.count,
                        **self._numbers())  # fmt: skip
            self.live.end(await self._outcome(message))
            await self._finish_title(text)
        except Deleted:
            self.live.end(failed("not_found", NotYours.sentence))
        except StoreError:
            # All of it stays in the database as pieces; whoever opens the conversation later saves them.
            logger.exception("Reply %s could not be saved", self.live.id)
            await save_once()
            self.live.end(failed("store", failure_sentence("store")))
        except DatabaseError:
            logger.exception("The end of reply %s could not be recorded", self.live.id)
            self.live.end(failed("database", failure_sentence("database")))
        finally:
            self.live.close()

    def _message(self, text: str) -> Message:
        return Message(
            str(self.live.id),
            role="assistant",
            parent=self.question.id,
            text=text,
            reasoning=self.live.reasoning,
            created_at=timezone.now(),
            model=self.model,
            backend=settings.LLM.backend,
            finish=self.finish,
            error=self.failure.code if self.failure else None,
            usage=asdict(self.usage) if self.usage else None,
            timing_ms={
                "first": self.first_ms or 0,
                "reasoning": self.thought_ms or 0,
                "total": self.total_ms,
            },
        )

    async def _save(self, message: Message) -> None:
        self.transcript.add(message)
        self.transcript.set_current(message.id, message.created_at)
        for pause in (*SAVE_PAUSES, None):
            try:
                await self._write()
            except StoreError:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
            else:
                return

    def _numbers(self) -> dict[str, Any]:
        return {
            "finish": self.finish,
            "error": self.failure.code if self.failure else "",
            "model": self.model,
            "prompt_tokens": self.usage.prompt_tokens if self.usage else None,
            "completion_tokens": self.usage.completion_tokens if self.usage else None,
            "first_ms": self.first_ms,
            "total_ms": self.total_ms,
        }

    async def _outcome(self, message: Message) -> Event:
        if self.failure:
            return failed(self.failure.code, self.failure.sentence, self.failure.retry_after)
        return done(message, await on_a_thread(html_of, message))

    def _wants_title(self) -> bool:
        row = self.row
        return bool(row and row.title_by in {"", "fallback"} and row.title_attempts < admission.TITLE_ATTEMPTS)

    async def _finish_title(self, text: str) -> None:
        if self.title is None and self._wants_title():
            self.title = detached(self._entitle())
        if self.title:
            await asyncio.wait([self.title], timeout=TITLE_SECONDS)

    async def _entitle(self) -> None:
        """Never fails the reply: a conversation without a title keeps the first words of its question."""
        exchange = await on_a_thread(self._said)
        if self.live.text:
            exchange.append({"role": "assistant", "content": self.live.text, "reasoning": self.live.reasoning})
            title = await llm.update_convo_summary(exchange, model=self.model or None)
        else:
            title = llm.Title(fallback(self.question.text), "fallback")
        now = timezone.now()
        try:
            if not await write(admission.entitle, self.conversation, title, title.by, asked=bool(self.live.text)):
                return
            await on_a_thread(
                archive().change,
                UUID(self.transcript.owner.id),
                self.conversation,
                lambda transcript: transcript.set_title(title, title.by, now),
            )
        except (Deleted, StoreError, DatabaseError):
            logger.warning("The title of conversation %s could not be saved", self.conversation)
        self.live.entitle(Event("title", {"title": title, "title_by": title.by}))
