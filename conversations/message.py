from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Self

from conversations.document import (
    Object,
    canonical,
    count,
    dumps_item,
    fields,
    ident,
    maybe,
    number,
    one_of,
    several,
    shape,
    sorted_keys,
    stamp,
    storable,
    text,
    time,
    to_the_millisecond,
)

Role = Literal["user", "assistant", "system"]
Finish = Literal["stop", "length", "stopped", "interrupted", "failed"]


@dataclass(frozen=True)
class Message:
    """One node of the tree. `text` is Markdown; `error` is the code of a failure; `parent` None is a root.

    `edited_from` is the reply that the user has put into other words, in a version of their own. `seams` says where a
    reply was cut off and continued: `chars` of its text that were there, how it had ended (`finish`), and when (`at`).
    `context` says what the model was shown: the `first` message, and the `tokens` of it all in a window of `size`; and
    which settings it `ignored`.

    What differs between two revisions is what `rev` counts; `revised` makes the next one.
    """

    id: str
    _: KW_ONLY
    role: Role
    text: str
    created_at: datetime
    rev: int = 1
    parent: str | None = None
    reasoning: str = ""
    model: str | None = None
    backend: str | None = None
    finish: Finish | None = None
    error: str | None = None
    usage: Object | None = None
    timing_ms: Object | None = None
    rating: Object | None = None
    edited_from: str | None = None
    seams: list[Object] = field(default_factory=list)
    context: Object | None = None
    extra: Object = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "created_at", to_the_millisecond(self.created_at))
        object.__setattr__(self, "text", storable(self.text))
        object.__setattr__(self, "reasoning", storable(self.reasoning))

    def revised(self, **changes: Any) -> Self:
        return replace(self, **changes, rev=self.rev + 1)

    def repeats(self, present: Message) -> bool:
        """Whether the two are one message said twice; a reply may have come further in one of them."""
        same = (self.role, self.parent) == (present.role, present.parent)
        return same and (self.role == "assistant" or self.text == present.text)

    @property
    def rank(self) -> tuple[int, int, str]:
        """Of two messages with one id the higher rank is right, whoever compares them, in whatever order."""
        return self.rev, len(self.text), canonical(self.raw())

    def raw(self) -> Object:
        said = {
            "id": self.id,
            "rev": self.rev,
            "parent": self.parent,
            "role": self.role,
            "text": self.text,
            "created_at": stamp(self.created_at),
        }
        answered = {
            "reasoning": self.reasoning,
            "model": self.model,
            "backend": self.backend,
            "finish": self.finish,
            "error": self.error,
            "usage": self.usage,
            "timing_ms": self.timing_ms,
            "rating": self.rating,
        }
        if self.role != "assistant":
            answered = {key: value for key, value in answered.items() if value}
        rare = {"edited_from": self.edited_from, "seams": self.seams, "context": self.context}
        return {**said, **answered, **{key: value for key, value in rare.items() if value}, **sorted_keys(self.extra)}

    @cached_property
    def written(self) -> bytes:
        """As it stands in its document. What was said long ago is not written anew at every turn."""
        return dumps_item(self.raw())

    @classmethod
    def read(cls, raw: Any, where: str) -> Message:
        return cls(**fields(raw, READERS, where, required=("id", "role", "text", "created_at")))


READERS = {
    "id": ident,
    "rev": count,
    "parent": maybe(ident),
    "role": one_of("user", "assistant", "system"),
    "text": text,
    "created_at": time,
    "reasoning": lambda value, where: "" if value is None else text(value, where),
    "model": maybe(text),
    "backend": maybe(text),
    "finish": maybe(one_of("stop", "length", "stopped", "interrupted", "failed")),
    "error": maybe(text),
    "usage": maybe(shape(prompt_tokens=maybe(count), completion_tokens=maybe(count))),
    "timing_ms": maybe(shape(first=maybe(number), reasoning=maybe(number), total=maybe(number))),
    "rating": maybe(shape(value=one_of("good", "bad"), comment=maybe(text), at=maybe(time))),
    "edited_from": maybe(ident),
    "context": maybe(
        shape(
            first=maybe(text),
            left_out=maybe(count),
            tokens=maybe(count),
            size=maybe(count),
            ignored=maybe(several(text)),
        )
    ),
    "seams": several(shape(chars=count, finish=text, at=maybe(time))),
}
