"""What of a conversation has reached its model server."""

from __future__ import annotations

from tests.conversations.kept import wait_for
from tests.model_server import ModelServer, Request


def request_for(server: ModelServer, question: str) -> Request:
    """The site asks while it saves the question, so the request may be there a little later than the reply's stream."""
    return wait_for(
        lambda: next((chat for chat in server.chats if chat.body["messages"][-1]["content"] == question), None)
    )
