"""A site whose model server is asked for one reply at a time: the second waits in line, and its page is told so."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from tests.conversations.asked import let_go_on
from tests.conversations.test_deaths import begin
from tests.model_server import ModelServer
from tests.site import running


def test_who_waits_is_shown_their_place_and_then_answered(tmp_path: Path, model_server: ModelServer) -> None:
    with running(tmp_path, LLM_BASE_URL=model_server.base_url, LLM_AT_ONCE="1", LLM_TITLES="false") as site:
        first, second = site.visitor(), site.visitor()
        with ExitStack() as streams:
            begin(first, streams, str(uuid4()), "Long [[hold 1]]")
            said, events = begin(second, streams, str(uuid4()), "Short [[say: At last.]]")
            assert next(events) == ("waiting", {"what": "queued", "place": 0})
            let_go_on(model_server, "Long [[hold 1]]")
            heard = [*said.events, *events]
    assert "At last." in str(heard[-1])
