"""What a visitor may do with replies: ask, ask again, stop, watch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from accounts.tokens import Token, token_of, usable
from conversations import admission, elsewhere, live
from conversations.archive import Deleted, Opened
from conversations.background import detached
from conversations.closing import forget_if_closed
from conversations.events import Event, started
from conversations.live import LiveReply
from conversations.message import Message
from conversations.models import Conversation, Reply
from conversations.offer import Asker, config_with, model_name
from conversations.past import first_words
from conversations.refusals import NotYours, Restarting, SaidOtherwise, StillAnswering, StoreAway, UnknownParent
from conversations.reply import Answer
from conversations.store import StoreError
from conversations.transcript import Taken, Transcript
from conversations.transcripts import archive, on_a_thread
from conversations.writer import write

P = ParamSpec("P")
T = TypeVar("T")
logger = logging.getLogger(__name__)

CUT = {"stopped", "interrupted", "failed", "length"}
"""How replies end that can go on."""


async def ask(
    owner: User,
    conversation: UUID,
    *,
    message: UUID,
    parent: UUID | None,
    text: str,
    model: str = "",
    begin_with: Mapping[str, Any] | None = None,
) -> LiveReply | UUID:
    """Says something and has it answered: the reply that runs here, or the id of one that ended or runs elsewhere.

    From now on `model` answers in this conversation, where one is given. A new conversation begins with the settings
    `begin_with`. The question is safe in the store when this returns. Raises Refused.
    """
    question = Message(
        str(message), role="user", text=text, parent=str(parent) if parent else None, created_at=timezone.now()
    )
    return await asyncio.shield(detached(_ask(owner, conversation, question, model, begin_with or {})))


async def answer_again(owner: User, conversation: UUID, *, question: UUID, reply: UUID) -> LiveReply | UUID:
    """Another reply to a question that is there, under an id the page chose. Raises Refused."""
    return await asyncio.shield(detached(_answer_again(owner, conversation, question, reply)))


async def go_on(owner: User, conversation: UUID, *, reply: UUID) -> LiveReply | UUID:
    """Has a reply that was cut off written on, in the same message. Raises Refused."""
    return await asyncio.shield(detached(_go_on(owner, conversation, reply)))


async def _ask(
    owner: User, conversation: UUID, question: Message, model: str, begin_with: Mapping[str, Any]
) -> LiveReply | UUID:
    asker, row, opened = await _opened(owner, conversation)
    if opened is None:
        if question.parent or (row and row.visible):
            raise NotYours
        opened = _new(owner, conversation, question, begin_with)
    return await _begin(replace(asker, model=model), conversation, opened, question, uuid4(), is_new=row is None)


async def _answer_again(owner: User, conversation: UUID, question: UUID, reply: UUID) -> LiveReply | UUID:
    asker, _, opened = await _opened(owner, conversation)
    asked = await _stored(archive().message, opened.transcript, question) if opened else None
    if opened is None or asked is None or asked.role != "user":
        raise NotYours
    return await _begin(asker, conversation, opened, asked, reply, again=True)


async def _go_on(owner: User, conversation: UUID, reply: UUID) -> LiveReply | UUID:
    if (running := live.replies.get(reply)) and not running.ended:
        if await write(admission.reply_of, owner.id, conversation, reply):
            return running
        raise NotYours
    asker, row, opened = await _opened(owner, conversation)
    before = await _stored(archive().message, opened.transcript, reply) if opened else None
    question = await _stored(archive().message, opened.transcript, before.parent or "") if opened and before else None
    if row is None or opened is None or before is None or question is None or before.role != "assistant":
        raise NotYours
    if before.finish not in CUT or not await write(
        admission.readmit,
        owner.id,
        conversation,
        UUID(question.id),
        reply,
        rev=before.rev + 1,
        model=before.model or "",
        backend=settings.LLM.backend,
    ):
        return live.replies.get(reply, reply)
    answer = Answer(asker, conversation, opened, question, reply=reply, before=before)
    live.replies[reply] = answer.live
    await answer.go_on(row)
    return answer.live


async def _opened(owner: User, conversation: UUID) -> tuple[Asker, Conversation | None, Opened | None]:
    """Who asks, the row and the transcript, as far as there are any; NotYours when they are somebody else's."""
    if live.draining:
        raise Restarting
    row, token = await write(_entered, owner.id, conversation)
    config = config_with(await usable(token, write))
    opened = await _stored(archive().load, owner.id, conversation, row.tag) if row else None
    return Asker(owner, config), row, opened


def _entered(owner: UUID, conversation: UUID) -> tuple[Conversation | None, Token | None]:
    return admission.door(owner, conversation), token_of(owner)


async def _stored(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await on_a_thread(read, *args, **kwargs)
    except StoreError as error:
        logger.exception("A conversation could not be read")
        raise StoreAway from error


async def _begin(asker: Asker, conversation: UUID, opened: Opened, question: Message, reply: UUID, *,
                 again: bool = False, is_new: bool = False) -> LiveReply | UUID:  # fmt: skip
    owner = asker.owner
    if question.parent and not await _stored(archive().knows, opened.transcript, question.parent):
        # What is remembered here may be older than what another process has written.
        known = await _stored(archive().load, owner.id, conversation)
        opened = known or opened
        if not await _stored(archive().knows, opened.transcript, question.parent):
            raise StillAnswering if await write(admission.runs, UUID(question.parent)) else UnknownParent
    if again and (taken := await _stored(archive().message, opened.transcript, reply)) and taken.parent != question.id:
        raise SaidOtherwise
    if not again and (earlier := _answer_to(opened.transcript, question.id)):
        # Where the rows were made anew from the store, none of them tells.
        return await _begun_before(owner, conversation, question, earlier)
    admitted = await write(
        admission.admit,
        owner.id,
        conversation,
        UUID(question.id),
        reply,
        parent=UUID(question.parent) if question.parent else None,
        again=again,
        backend=settings.LLM.backend,
        is_new=is_new,
    )
    if not admitted.fresh:
        return await _begun_before(owner, conversation, question, admitted.reply)
    answer = Answer(asker, conversation, opened, question, reply=admitted.reply)
    # Before anything is waited for: the same message sent again looks for it here.
    live.replies[admitted.reply] = answer.live
    try:
        await answer.begin(admitted.conversation)
    except BaseException as error:
        refused = _refusal(error)
        answer.live.stop()
        try:
            await write(admission.withdraw, admitted.reply)
            await forget_if_closed(owner.id, conversation)
        finally:
            # Not before its row has gone: who sent the same message meanwhile is to hear the same.
            answer.live.abandon(refused)
        if refused is error:
            raise
        logger.warning("Message %s could not be saved: %s", question.id, error)
        raise refused from error
    return answer.live


def _answer_to(transcript: Transcript, question: str) -> UUID | None:
    """The first reply to a question, where both are there already. Parts are not looked into: what is sent again was
    sent lately."""
    if question not in transcript.messages:
        return None
    return next((UUID(said.id) for said in transcript.children(question) if said.role == "assistant"), None)


def _new(owner: User, conversation: UUID, question: Message, begin_with: Mapping[str, Any]) -> Opened:
    now = question.created_at
    transcript = Transcript.new(conversation, owner.id, owner.get_username(), None, now)
    # Whatever happens to the model's, it has a title.
    transcript.set_title(first_words(question.text), "fallback", now)
    transcript.settings = transcript.settings.having(begin_with)
    return Opened(transcript, "")


def _refusal(error: BaseException) -> BaseException:
    if isinstance(error, StoreError):
        return StoreAway()
    if isinstance(error, Deleted):
        return NotYours()
    return SaidOtherwise() if isinstance(error, Taken) else error


async def _begun_before(owner: User, conversation: UUID, question: Message, reply: UUID) -> LiveReply | UUID:
    if running := live.replies.get(reply):
        said: str | None = running.question_text
    else:
        # It may all have happened since the transcript was opened.
        opened = await _stored(archive().load, owner.id, conversation)
        present = await _stored(archive().message, opened.transcript, question.id) if opened else None
        said = present.text if present else None
    if said is None:
        # Another process is saving it, or has died before it had.
        raise Restarting
    if said != question.text:
        raise SaidOtherwise
    if running:
        await asyncio.shield(running.started)
    return running or reply


async def stop(owner: User, conversation: UUID, reply: UUID) -> None:
    """Ends a reply wherever it runs; what was shown is kept. Harmless when it has ended. Raises Refused."""
    if not await write(_request_stop, owner, conversation, reply):
        await _row_of(owner, conversation, reply)
    if running := live.replies.get(reply):
        running.stop()


def _request_stop(owner: User, conversation: UUID, reply: UUID) -> bool:
    replies = Reply.objects.filter(id=reply, conversation=conversation, conversation__owner=owner)
    replies = replies.filter(conversation__deleted_at=None)
    return bool(replies.update(stop_requested=True))


async def watch(owner: User, conversation: UUID, reply: UUID) -> AsyncIterator[Event | None]:
    """The events of a reply that runs here or elsewhere, or has ended: a snapshot first. Raises Refused."""
    return await _watched(await _row_of(owner, conversation, reply))


async def _row_of(owner: User, conversation: UUID, reply: UUID) -> Reply:
    """Its row; where the rows were made anew from the store, what it would say of a reply that is there. Raises
    Refused."""
    if row := await write(admission.reply_of, owner.id, conversation, reply):
        return row
    there = await write(admission.door, owner.id, conversation)
    opened = await _stored(archive().load, owner.id, conversation, there.tag) if there else None
    said = await _stored(archive().message, opened.transcript, reply) if opened else None
    if said is None or said.role != "assistant" or said.parent is None:
        raise NotYours
    finish = said.finish or "interrupted"
    return Reply(id=reply, conversation=there, question=UUID(said.parent), model=said.model or "", finish=finish)


async def _watched(row: Reply) -> AsyncIterator[Event | None]:
    running = live.replies.get(row.id)
    if running is None and row.finish:
        return _of_an_ended(await elsewhere.outcome_of(row))
    if running is None:
        running = await _mirrored(row)
    return running.watch(attached=True)


async def _mirrored(row: Reply) -> LiveReply:
    try:
        return await elsewhere.mirror(row)
    except StoreError as error:
        raise StoreAway from error


async def _of_an_ended(events: list[Event]) -> AsyncIterator[Event | None]:
    for event in events:
        yield event


async def events(reply: LiveReply | UUID, owner: User, conversation: UUID) -> AsyncIterator[Event | None]:
    """What the page that asked gets: `started`, then the reply as it comes."""
    if isinstance(reply, LiveReply):
        yield await asyncio.shield(reply.started)
        running = reply.watch(attached=reply.before is not None)
    else:
        row = await _row_of(owner, conversation, reply)
        running = await _watched(row)
        yield started(conversation, row.question, reply, row.model, name=model_name(row.model))
    async for event in running:
        yield event
