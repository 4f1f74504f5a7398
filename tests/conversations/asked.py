"""What of a conversation has reached its model server."""

from __future__ import annotations

from tests.conversations.kept import wait_for
from tests.model_server import ModelServer, Request


def request_for(server: ModelServer, question: str) -> Request:
    """The site asks while it saves the question, so the request may be there a little later than the reply's stream."""

    def last() -> Request | None:
        # Other tests of this server may have asked the same before.
        asked = (chat for chat in reversed(server.chats) if chat.body["messages"][-1]["content"] == question)
        return next(asked, None)

    return wait_for(last)


def let_go_on(server: ModelServer, question: str) -> None:
    """Ends the holding of the answer to this question, once that has begun."""

    def held() -> Request | None:
        asked = (chat for chat in reversed(server.chats) if chat.body["messages"][-1]["content"] == question)
        waiting = (chat for chat in asked if chat.is_held and not chat.may_go_on.is_set())
        return next((chat for chat in waiting if not chat.gone.is_set()), None)

    wait_for(held).may_go_on.set()
