"""Answer one message from start to finish."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

import llm
from conversations import admission
from conversations.archive import Deleted, Opened
from conversations.background import detached, insisting
from conversations.checkpoints import keep_saving, settled
from conversations.ending import enter, message_of, tell
from conversations.events import Event, done, failed, started
from conversations.live import LiveReply
from conversations.message import Finish, Message
from conversations.models import Conversation, Piece, Reply
from conversations.offer import Asker, Terms, failure_sentence, model_name, terms
from conversations.page import html_of
from conversations.past import call, first_words, said, title_while_it_talks
from conversations.refusals import NotYours
from conversations.store import StoreError
from conversations.transcript import Transcript
from conversations.transcripts import archive, looked_up, on_a_thread
from conversations.writer import write
from llm import context
from llm.errors import Upstream

logger = logging.getLogger(__name__)

TITLE_AFTER = 400
"""Characters of a first reply after which its conversation can be named."""

TITLE_SECONDS = 15.0
"""How long an ended reply waits for its conversation's title."""


class Answer:
    """The work on one reply, in this process, until it is in the transcript.

    `before` is the message as it is so far, where a reply that was cut off is to go on.
    """

    def __init__(
        self,
        asker: Asker,
        conversation: UUID,
        opened: Opened,  # with an empty tag where it is not in the store yet
        question: Message,
        *,
        reply: UUID,
        before: Message | None = None,
    ) -> None:
        self.asker = asker
        self.conversation = conversation
        self.opened = opened
        self.question = question
        self.before = before
        self.live = LiveReply(reply, conversation, question.text, before)
        self.terms: Terms | None = None
        self.context: llm.Context | None = None
        self.ignored: tuple[str, ...] = ()
        self.usage: llm.Usage | None = None
        self.finish: Finish = "stop"
        self.failure: llm.LLMError | None = None
        self.began = time.monotonic()
        self.first_ms: int | None = None
        self.thought_ms: int | None = None
        self.total_ms = 0
        self.title: asyncio.Task[None] | None = None
        self.row: Conversation | None = None

    @property
    def transcript(self) -> Transcript:
        return self.opened.transcript

    async def begin(self, row: Conversation) -> None:
        """Asks the model at once, but returns only when the question is safe in the store."""
        self.row = row
        await looked_up(self._ask, self.transcript)
        self._talk_on()
        await self._write(self._ask)
        await self._know_terms()
        await write(admission.question_saved, self.opened, row, self.live.id, model=self.model, question=self.question)
        self._started()

    async def go_on(self, row: Conversation) -> None:
        """The question is safe already, and so is what the reply has said."""
        self.row = row
        self._talk_on()
        try:
            await self._know_terms()
        finally:
            # Its row says that it runs: whatever happens here, the reply comes to an end.
            self._started()

    def _talk_on(self) -> None:
        keep_saving()
        self.live.talk = detached(self._talk())

    def _started(self) -> None:
        name, wanted = model_name(self.model), self.terms.instead_of if self.terms else None
        ids = (self.conversation, self.question.id, self.live.id)
        self.live.start(started(*ids, self.model, name=name, instead_of=wanted))
        detached(self._finish())

    def _ask(self, transcript: Transcript) -> None:
        archive().add(transcript, self.question)
        transcript.set_current(self.question.id, self.question.created_at)
        if self.asker.model and self.asker.model != transcript.settings.model:
            transcript.set_settings(self.question.created_at, model=self.asker.model)

    async def _write(self, act: Callable[[Transcript], None]) -> None:
        """What `act` has done to the transcript goes into the store."""
        if self.before:
            # It may have been rated since it was opened, as the same revision.
            owner = self.asker.owner.pk
            self.opened = await on_a_thread(archive().change, owner, self.conversation, act, again=True)
        elif self.opened.tag:
            self.opened = await on_a_thread(archive().save, self.opened, act)
        else:
            self.opened = await on_a_thread(archive().create, self.transcript)

    @property
    def model(self) -> str:
        return self.terms.model if self.terms else ""

    async def _know_terms(self) -> None:
        # Where there is no model, the talk fails for the same reason and says so in the page.
        with suppress(llm.LLMError):
            await self._terms()

    async def _terms(self) -> Terms:
        found = self.terms or await terms(self.asker.config, self.asker.owner, self.transcript.settings)
        # Two ask at the same time: the model that is told of must be the one that is asked.
        self.terms = self.terms or found
        return self.terms

    async def _talk(self) -> None:
        try:
            asked = await self._terms()
            room = await llm.question_tokens(asked.config, asked.model, asked.sampling)
            said = await looked_up(self._said, self.transcript, room)
            if self.before and self.before.text.strip():
                # The model goes on with what is there.
                said.append({"role": "assistant", "content": self.before.text})
            reply = llm.get_reply(
                said,
                model=asked.model,
                config=asked.config,
                sampling=asked.sampling,
                examples=asked.examples,
                turns=asked.turns,
            )
            async with aclosing(reply) as chunks:
                async for chunk in chunks:
                    self._hear(chunk)
            # Who thinks until there is no room left has reached the greatest length.
            if not self.live.text.strip() and self.finish != "length":
                raise Upstream("an empty reply")
        except llm.LLMError as error:
            logger.warning("Reply %s failed: %s %s", self.live.id, error.code, error.detail)
            self.finish, self.failure = "failed", error
        except asyncio.CancelledError:
            self.finish = self.live.cut or "interrupted"
        except Exception as error:
            logger.exception("Reply %s failed", self.live.id)
            self.finish, self.failure = "failed", Upstream(type(error).__name__)

    def _said(self, transcript: Transcript, tokens: int = context.TOKENS) -> list[llm.Message]:
        return said(transcript, self.question.id, tokens)

    def _hear(self, chunk: llm.Chunk) -> None:
        self.context = chunk.context or self.context
        if chunk.waiting:
            self.live.wait(asdict(chunk.waiting))
            return
        if self.first_ms is None and (chunk.text or chunk.reasoning):
            self.first_ms = self._elapsed()
        if self.thought_ms is None and chunk.text and (self.live.reasoning or chunk.reasoning):
            self.thought_ms = self._elapsed()
        reasoning = chunk.reasoning
        if reasoning and self.before and self.live.reasoning == self.before.reasoning != "":
            reasoning = f"\n\n{reasoning}"
        self.live.add(chunk.text, reasoning)
        self.usage = chunk.usage or self.usage
        self.ignored = chunk.ignored or self.ignored
        self.finish = chunk.finish or self.finish
        if self.title is None and self.live.length >= TITLE_AFTER and self._wants_title():
            self.title = detached(self._entitle())

    def _elapsed(self) -> int:
        return round((time.monotonic() - self.began) * 1000)

    async def _finish(self) -> None:
        """The reply goes into the database, the transcript, then the row; then the pages hear that it is done."""
        assert self.live.talk  # noqa: S101
        await asyncio.wait([self.live.talk])
        self.total_ms = self._elapsed()
        text, reasoning = self.live.said_since(self.before)
        message = self._message(text, reasoning)
        try:
            whose = await self._keep(text, reasoning)
            if whose == "ours":
                await self._save(message)
                if not await insisting(lambda: write(admission.ended, self.opened, self.live.id, self.finish, message)):
                    raise Deleted
                self.live.end(await self._outcome(message))
                # A process that is about to end has no time for it: the conversation has its first words.
                if self.finish != "interrupted":
                    await self._finish_title()
            elif whose == "gone":
                raise Deleted
            # Taken over: nothing more is said here; the pages come back and hear how it ended.
        except Deleted:
            self.live.end(failed("not_found", NotYours.sentence))
        except StoreError:
            # All of it is in the database; the sweep saves it when the store is back.
            logger.exception("Reply %s could not be saved", self.live.id)
            self.live.end(failed("store", failure_sentence("store")))
        except DatabaseError:
            logger.exception("The end of reply %s could not be recorded", self.live.id)
            self.live.end(failed("database", failure_sentence("database")))
        except Exception:
            logger.exception("Reply %s could not be finished", self.live.id)
            self.live.end(failed("store", failure_sentence("store")))
        finally:
            self.live.close()
            tell(self.live, message.backend or "", self._numbers())

    async def _keep(self, text: str, reasoning: str) -> admission.Whose:
        """All that was said is safe before the store is asked, and nothing is written for a reply that was lost."""
        await settled(self.live)
        piece = self.live.unsaved
        whole = Piece(reply_id=self.live.id, number=0, text=text, reasoning=reasoning) if self.live.cut else None
        rest = Piece(reply_id=self.live.id, **piece._asdict()) if piece else None
        try:
            return await insisting(
                lambda: write(admission.talked, self.live.id, whole=whole, rest=rest, **self._numbers())
            )
        except DatabaseError:
            logger.exception("What reply %s has said could not be kept in the database", self.live.id)
            return "ours"

    def _message(self, text: str, reasoning: str) -> Message:
        backend = self.terms.backend if self.terms else settings.LLM.backend
        row = Reply(id=self.live.id, question=UUID(self.question.id), backend=backend, **self._numbers())
        seen = asdict(self.context) | {"ignored": list(self.ignored)} if self.context else None
        return message_of(row, text, reasoning, self.thought_ms, self.before, context=seen)

    def _numbers(self) -> dict[str, Any]:
        return {
            "outcome": self.finish,
            "error": self.failure.code if self.failure else "",
            "model": self.model,
            "prompt_tokens": self.usage.prompt_tokens if self.usage else None,
            "completion_tokens": self.usage.completion_tokens if self.usage else None,
            "first_ms": self.first_ms,
            "total_ms": self.total_ms,
        }

    async def _save(self, message: Message) -> None:
        act = partial(enter, message=message, before=self.before, now=timezone.now())
        act(self.transcript)
        await insisting(lambda: self._write(act))

    async def _outcome(self, message: Message) -> Event:
        if self.failure:
            return failed(self.failure.code, self.failure.sentence, self.failure.retry_after)
        return done(message, await on_a_thread(html_of, message))

    def _wants_title(self) -> bool:
        row = self.row
        return bool(row and row.title_by in {"", "fallback"} and row.title_attempts < admission.TITLE_ATTEMPTS)

    async def _finish_title(self) -> None:
        if self.title is None and self._wants_title():
            self.title = detached(self._entitle())
        if self.title:
            await asyncio.wait([self.title], timeout=TITLE_SECONDS)

    async def _entitle(self) -> None:
        title, asked = llm.Title(first_words(self.question.text), "fallback"), 0
        if self.live.text and self.row:
            exchange = await looked_up(self._said, self.transcript)
            config = self.terms.config if self.terms else self.asker.config
            most = admission.TITLE_ATTEMPTS - self.row.title_attempts
            title, asked = await title_while_it_talks(self.live, exchange, self.model, config, most=most)
        await call(self.live, self.transcript, title, asked=asked)
