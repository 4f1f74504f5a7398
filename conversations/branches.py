"""The tree of messages: another branch of it is shown, made, copied or put away. What has been said stays in it.

All of it waits for the store, and is done to a transcript that the archive loads and saves.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from conversations.document import stamp
from conversations.message import Message
from conversations.refusals import Invalid, NotYours
from conversations.transcript import Transcript
from conversations.transcripts import archive


def message_in(transcript: Transcript, message_id: UUID | str) -> Message:
    """Raises NotYours for what is not in it."""
    message = archive().message(transcript, message_id)
    if message is None:
        raise NotYours
    return message


def show(transcript: Transcript, message_id: UUID | str, now: datetime) -> None:
    """With what was said after it last."""
    if not archive().knows(transcript, message_id):
        raise NotYours
    transcript.set_current(archive().leaf_below(transcript, message_id), now)


def version_id(message: Message, text: str) -> UUID:
    """Of a message in these other words: whoever edits it so twice has made one version."""
    return uuid5(UUID(message.id), text)


def edit(transcript: Transcript, message_id: UUID, text: str, now: datetime) -> None:
    """Shows a message in other words: a reply in the user's own, beside those of the model.

    A question in other words has to be asked; only where it has been is it shown here.
    """
    message = message_in(transcript, message_id)
    version = str(version_id(message, text))
    if message.role == "assistant" and not archive().knows(transcript, version):
        transcript.add(in_own_words(message, version, text, now))
    show(transcript, version, now)


def in_own_words(reply: Message, version: str, text: str, now: datetime) -> Message:
    return Message(
        version,
        role=reply.role,
        text=text,
        parent=reply.parent,
        created_at=now,
        model=reply.model,
        backend=reply.backend,
        finish="stop",
        edited_from=reply.id,
    )


def rate(transcript: Transcript, message_id: UUID, value: Literal["good", "bad", ""], comment: str,
         now: datetime) -> None:  # fmt: skip
    """What the user thinks of a reply; "" takes it back. Raises Invalid for what is no reply."""
    message = message_in(transcript, message_id)
    if message.role != "assistant":
        raise Invalid({"value": [_("Only replies can be rated.")]})
    rating = {"value": value, "comment": comment or None, "at": stamp(now)} if value else None
    # To say what one thinks of it is not to say something.
    archive().revise(transcript, message.id, message.created_at, rating=rating)


def fork(transcript: Transcript, message_id: UUID, conversation: UUID, now: datetime) -> Transcript:
    """A new conversation that begins like this one, up to and with a message.

    Every message has an id of its own there, the same for everybody who forks into that conversation.
    """
    forked = Transcript.new(conversation, transcript.owner.id, transcript.owner.username, None, now)
    forked.settings = transcript.settings
    forked.set_title(f"{transcript.title[:190]} (fork)", transcript.title_by, now)
    parent = None
    for message in archive().path(transcript, message_in(transcript, message_id).id):
        copied = str(uuid5(conversation, message.id))
        context = message.context
        if context and context.get("first"):
            # Where the page draws the line above which the model saw nothing.
            context = context | {"first": str(uuid5(conversation, context["first"]))}
        forked.add(replace(message, id=copied, parent=parent, rev=1, edited_from=None, context=context), now)
        parent = copied
    forked.set_current(parent, now)
    return forked


def clear(transcript: Transcript, now: datetime) -> None:
    """It begins anew. What was said stays as a version of its beginning."""
    transcript.set_current(None, now)


def restore(transcript: Transcript, now: datetime) -> None:
    """What was said last is shown again; NotYours where nothing has been cleared."""
    if not transcript.is_cleared or transcript.newest is None:
        raise NotYours
    transcript.set_current(transcript.newest, now)
