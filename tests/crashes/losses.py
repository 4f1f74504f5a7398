"""How much of what a model had said, and of what a reader had received, was not kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.crashes.promises import Store
from tests.crashes.readers import Asked
from tests.model_replies import pieces_of
from tests.model_server import ModelServer


@dataclass(frozen=True)
class Loss:
    """Of one reply, in characters."""

    said: int
    """Sent by the model server before its connection was gone, and not kept."""
    shown: int
    """Received by the reader, and not kept."""
    per_second: float
    """How many the model says in a second."""
    cut: bool
    """Whether its process died while it ran."""


def losses(asked: Iterable[Asked], store: Store, models: ModelServer) -> Iterator[Loss]:
    sent = {str(chat.body["messages"][-1]["content"]): chat.sent for chat in reversed(models.chats)}
    for one in asked:
        kept = store.kept.get(one.conversation)
        for reply in kept.with_id(one.reply) if kept else ():
            pieces = pieces_of(one.says)
            said = sum(map(len, pieces[: sent.get(one.text, 0)]))
            shown = one.shown_by(one.left_at)
            length = len(reply["text"])
            speed = len(one.says) / len(pieces) / one.pause if one.pause else 0.0
            cut = reply["finish"] == "interrupted" and one.pause > 0
            yield Loss(max(said - length, 0), max(shown - length, 0), speed, cut)
