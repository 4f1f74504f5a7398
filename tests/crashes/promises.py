"""What is true of a site after any number of crashes, once its sweep has been: found is what is not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal, NamedTuple

from jsonschema import Draft202012Validator

from tests.crashes.readers import Asked
from tests.crashes.rows import Rows
from tests.plugin import ROOT

ENDED = {"stop", "length", "stopped", "interrupted", "failed"}


class Broken(NamedTuple):
    """A promise."""

    kind: Literal["lost", "doubled", "stuck", "untitled", "left", "other"]
    whose: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.whose} {self.what}"


@dataclass
class Kept:
    """A conversation as it is in the store, parts and all."""

    document: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)

    def with_id(self, message: str | None) -> list[dict[str, Any]]:
        return [found for found in self.messages if found["id"] == message]

    def answers_to(self, question: str) -> list[dict[str, Any]]:
        return [found for found in self.messages if found["parent"] == question and found["role"] == "assistant"]


@cache
def schema() -> Any:
    return Draft202012Validator(json.loads((ROOT / "docs/transcript.schema.json").read_text()))


class Store:
    """A folder store, read behind the site's back."""

    def __init__(self, root: Path) -> None:
        self.files = [path for path in root.rglob("*") if path.is_file() and ".locks" not in path.parts]
        self.objects = {path.stem: path for path in self.files if path.match("users/*/conversations/*.json")}
        self.named = set(self.objects.values())
        self.kept = {conversation: self._read(path) for conversation, path in self.objects.items()}

    def _read(self, path: Path) -> Kept:
        document = json.loads(path.read_bytes())
        parts = [path.parent / part["key"] for part in document["parts"]]
        self.named |= set(parts)
        pieces = [json.loads(part.read_bytes())["messages"] for part in parts] + [document["messages"]]
        return Kept(document, [message for piece in pieces for message in piece])

    def leftovers(self) -> Iterator[tuple[str, str]]:
        """The conversation and the file; but not parts that nobody names: once they are old they are swept."""
        for path in self.files:
            whole = path.name[1:].removesuffix(".json.new")
            if path.name.startswith("."):
                # Of a conversation that is there: the next write to it takes the same name.
                left = whole not in self.objects and not path.name.startswith(".part-")
            else:
                left = path not in self.named and not path.name.startswith("part-")
            if left:
                yield whole, path.name


def broken(asked: Iterable[Asked], safe: Mapping[float, float], store: Store, rows: Rows) -> list[Broken]:
    """`safe` says for the moment of each death until when what was shown is not lost by it."""
    questions = list(asked)
    names = {one.conversation: f"the conversation of {one.name}" for one in questions}
    found = [Broken("left", names.get(whose, whose), f"has left {name}") for whose, name in store.leftovers()]
    for conversation, kept in store.kept.items():
        found += _document(kept, names.get(conversation, conversation))
    found += _rows(store, rows, names)
    most = Counter(one.message for one in questions)
    for one in questions:
        found += _question(one, store.kept.get(one.conversation), most[one.message], safe)
    return found


def _document(kept: Kept, name: str) -> Iterator[Broken]:
    for error in schema().iter_errors(kept.document):
        yield Broken("other", name, f"breaks its schema: {error.message[:200]}")
    parents = {message["id"]: message["parent"] for message in kept.messages}
    if len(parents) < len(kept.messages):
        yield Broken("doubled", name, "has a message twice")
    if kept.document["current"] not in parents:
        yield Broken("other", name, "shows a message that it does not have")
    for message, parent in parents.items():
        if parent is not None and parent not in parents:
            yield Broken("lost", name, f"has a message {message} whose parent is not there")
        if _in_a_circle(message, parents):
            yield Broken("other", name, f"has a circle at {message}")
    for message in kept.messages:
        if message["role"] == "assistant" and message["finish"] not in ENDED:
            yield Broken("stuck", name, f"has a reply with finish {message['finish']!r}")
    if not kept.document["title"]:
        yield Broken("untitled", name, "has no title in the store")


def _in_a_circle(message: str, parents: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    here: str | None = message
    while here is not None and here not in seen:
        seen.add(here)
        here = parents.get(here)
    return here is not None


def _rows(store: Store, rows: Rows, names: Mapping[str, str]) -> Iterator[Broken]:
    said = rows.conversations()
    for conversation, kept in store.kept.items():
        name = names.get(conversation, conversation)
        if conversation not in said:
            yield Broken("lost", name, "has no row")
            continue
        title, visible, count = said[conversation]
        if not visible:
            yield Broken("lost", name, "is hidden")
        if count != len(kept.messages):
            yield Broken("other", name, f"has {len(kept.messages)} messages, its row says {count}")
        if title != kept.document["title"]:
            yield Broken("untitled", name, f"is called {kept.document['title']!r}, its row says {title!r}")
    for conversation in set(said) - set(store.kept):
        yield Broken("left", names.get(conversation, conversation), "has a row and is not in the store")
    for reply, conversation in rows.replies().items():
        here = store.kept.get(conversation)
        if not here or len(here.with_id(reply)) != 1:
            name = names.get(conversation, conversation)
            yield Broken("left", name, f"does not have the reply {reply}, which has a row")
    if pieces := rows.pieces():
        yield Broken("left", "the database", f"has {pieces} pieces of ended replies")


def _question(one: Asked, kept: Kept | None, most: int, safe: Mapping[float, float]) -> Iterator[Broken]:
    if one.reply is None:
        yield Broken("lost", one.name, f"cannot be sent again: {one.refused or 'no answer'}")
        return
    questions = kept.with_id(one.message) if kept else []
    replies = kept.with_id(one.reply) if kept else []
    if not kept or not questions or questions[0]["text"] != one.text:
        yield Broken("lost", one.name, "is not in the store")
    elif not replies:
        yield Broken("lost", one.name, "has lost its reply")
    else:
        if len(kept.answers_to(one.message)) > most:
            yield Broken("doubled", one.name, f"has {len(kept.answers_to(one.message))} replies and not {most}")
        yield from of_reply(one, replies[0], safe)


def of_reply(one: Asked, reply: dict[str, Any], safe: Mapping[float, float]) -> Iterator[Broken]:
    text, finish = reply["text"], reply["finish"]
    if reply["parent"] != one.message:
        yield Broken("other", one.name, "has a reply that answers another question")
    if finish not in one.ends:
        yield Broken("other", one.name, f"has a reply that ended with {finish}")
    if not one.says.startswith(text):
        at = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, one.says, strict=False)))
        parted = f"from character {at} on: {text[at : at + 80]!r}, not {one.says[at : at + 80]!r}"
        yield Broken("other", one.name, f"has a reply that the model did not give {parted}")
    if finish == "stop" and text != one.says:
        yield Broken("lost", one.name, "has a reply that says it is whole and is not")
    if one.outcome and one.outcome[1].get("finish", one.outcome[0]) != finish:
        yield Broken("other", one.name, f"was told {one.outcome}, and {finish} is kept")
    moment: float = one.left_at
    unsafe: list[tuple[float, float]] = []
    # Who came back saw of a cut one what its dead process had shown, and what was left of it.
    if one.outcome is None or (one.returned and finish != "stop"):
        # One that goes on may meet death again, and has lost the last second before each. What came first may have been
        # read only when its process was dead.
        unsafe = [(until, death) for death, until in safe.items() if one.asked_at <= death <= one.left_at]
        moment = max((until for until, _ in unsafe), default=moment)
    if (lost := one.shown_by(moment, unsafe) - len(text)) > 0:
        yield Broken("lost", one.name, f"has lost {lost} characters shown a second before the crash")
