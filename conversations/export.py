"""A conversation as a file to keep: its whole document, or the branch that is shown as Markdown or as a plain log."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils import timezone
from django.utils.translation import override

from conversations.archive import key_of
from conversations.document import Unreadable
from conversations.message import Message
from conversations.models import Conversation
from conversations.offer import model_name
from conversations.transcript import Transcript
from conversations.transcripts import archive, load

LONGEST_NAME = 200
"""Bytes: systems take 255, with a number and the ending."""

IN_MEMORY = 1024 * 1024
"""Bytes of several conversations that are held in memory; more of them lie in a file that nobody else sees."""


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
    """In English, whoever exports it: programs read these files too."""
    with override("en"):
        return model_name(message.model) if message.role == "assistant" else message.role.title().replace("User", "You")


def when(message: Message) -> str:
    """In the reader's time zone."""
    return f"{timezone.localtime(message.created_at):%Y-%m-%d %H:%M:%S}"


def zipped(rows: Iterable[Conversation], kind: str) -> IO[bytes]:
    """Each as a file of its own; on disk what is more than a little. Those deleted meanwhile are left out.

    One that cannot be read does not keep the others from being exported: it is there as it lies in the store.
    """
    file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    with ZipFile(file, "w", ZIP_DEFLATED) as archived:
        for name, data in files(rows, kind):
            archived.writestr(name, data)
    file.seek(0)
    return file


def files(rows: Iterable[Conversation], kind: str) -> Iterator[tuple[str, bytes]]:
    """A name that no other has, and what is in it."""
    given: dict[str, int] = {}
    for row in rows:
        if written := _written(row, kind):
            title, ending, data = written
            yield _unused(file_name(title or str(row.id)), ending, given), data


def _unused(name: str, ending: str, given: dict[str, int]) -> str:
    """The name of a file, with the first number that makes it one that nobody has.

    `given` are those in use, as systems compare them that know no capitals, and the number to try next.
    """
    first = unused = f"{name}.{ending}"
    number = given.get(first.casefold(), 2)
    while unused.casefold() in given:
        unused, number = f"{name} ({number}).{ending}", number + 1
    given[first.casefold()] = number
    given.setdefault(unused.casefold(), 2)
    return unused


def _written(row: Conversation, kind: str) -> tuple[str, str, bytes] | None:
    """A title, how the name of the file ends, and what is in it."""
    try:
        opened = load(row)
        return (opened.transcript.title, kind, FORMATS[kind].write(opened.transcript)) if opened else None
    except Unreadable:
        stored = archive().store.get(key_of(row.owner_id, row.id))
        return (row.title, "damaged.json", stored.data) if stored else None


def file_name(title: str) -> str:
    """What any system takes for the name of a file, and none for a path."""
    name = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]+', "-", title).strip(". ")[:100]
    return name.encode()[:LONGEST_NAME].decode(errors="ignore") or "Untitled"


FORMATS = {
    "json": Format("application/json", document),
    "md": Format("text/markdown; charset=utf-8", markdown),
    "txt": Format("text/plain; charset=utf-8", log),
}
