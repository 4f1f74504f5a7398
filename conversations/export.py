"""A conversation as a file to keep: its whole document, or the branch that is shown as Markdown or as a plain log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils import timezone

from conversations.message import Message
from conversations.offer import model_name
from conversations.transcript import Transcript
from conversations.transcripts import archive


@dataclass(frozen=True)
class Format:
    content_type: str
    write: Callable[[Transcript], bytes]


def document(transcript: Transcript) -> bytes:
    """All branches; the parts of a long conversation are in it as if it had none."""
    return archive().whole(transcript).to_json()


def markdown(transcript: Transcript) -> bytes:
    said = (f"**{speaker(message)}** · {when(message)}\n\n{message.text}" for message in shown(transcript))
    return "\n\n".join([f"# {transcript.title}", *said, ""]).encode()


def log(transcript: Transcript) -> bytes:
    """One line for each message, and as many more as its text has."""
    return "".join(f"{when(message)} {speaker(message)}: {message.text}\n" for message in shown(transcript)).encode()


def shown(transcript: Transcript) -> Iterable[Message]:
    return archive().path(transcript, transcript.leaf)


def speaker(message: Message) -> str:
    return model_name(message.model) if message.role == "assistant" else message.role.title().replace("User", "You")


def when(message: Message) -> str:
    """In the reader's time zone."""
    return f"{timezone.localtime(message.created_at):%Y-%m-%d %H:%M:%S}"


FORMATS = {
    "json": Format("application/json", document),
    "md": Format("text/markdown; charset=utf-8", markdown),
    "txt": Format("text/plain; charset=utf-8", log),
}
