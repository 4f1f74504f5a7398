"""Replies that are being written for as long as a test looks at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from tests.conversations.asked import let_go_on
from tests.model_server import ModelServer
from tests.site import Said, Visitor


@contextmanager
def being_answered(visitor: Visitor, said: Said, text: str, parent: str | None = None) -> Iterator[None]:
    """It has begun with one word; at the end it is stopped, and leaves nothing behind that others could meet."""
    with _begun(visitor, said, f"{text} [[hold 1]]", parent) as events:
        yield
        assert visitor.post(f"/c/{said.conversation}/replies/{said.reply}/stop/").status_code == 204
        said.events.extend(events)


@contextmanager
def going_on_afterwards(visitor: Visitor, server: ModelServer, text: str) -> Iterator[Said]:
    """The text has a [[hold]] in it, and that ends with what is done meanwhile: then all of the reply comes."""
    said, text = Said(str(uuid4()), str(uuid4())), f"{text} {uuid4()}"
    with _begun(visitor, said, text) as events:
        yield said
        let_go_on(server, text)
        said.events.extend(events)


@contextmanager
def _begun(visitor: Visitor, said: Said, text: str, parent: str | None = None) -> Iterator[Iterator[tuple[str, Any]]]:
    body = {"message": said.message, "parent": parent, "text": text}
    with visitor.stream(f"/c/{said.conversation}/messages/", body) as events:
        said.events.append(next(events))
        yield events
