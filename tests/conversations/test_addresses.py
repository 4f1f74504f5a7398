"""An address that a user gives is a name like any other: nothing is sent there."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.site import Site, Visitor

ADDRESSES = [
    "http://127.0.0.1:{port}/v1",
    "http://localhost:{port}/v1",
    "HTTP://127.0.0.1:{port}/v1",
    "http://[::1]:{port}/v1",
    "http://[::ffff:127.0.0.1]:{port}/v1",
    "http://[::ffff:7f00:1]:{port}/v1",
    "http://2130706433:{port}/v1",
    "http://0x7f.1:{port}/v1",
    "http://user@127.0.0.1:{port}/v1",
    "//127.0.0.1:{port}/v1",
    "huggingface/http://127.0.0.1:{port}/v1",
    "../127.0.0.1:{port}/v1",
]


@pytest.fixture(scope="module")
def visitor(site: Site) -> Visitor:
    return site.visitor()


def test_a_model_that_is_an_address_is_not_asked(visitor: Visitor) -> None:
    with ModelServer() as decoy:
        for address in ADDRESSES:
            name = address.format(port=decoy.port)
            conversation = str(uuid4())
            body = {"message": str(uuid4()), "parent": None, "text": "Hello", "model": name}
            with visitor.stream(f"/c/{conversation}/messages/", body) as events:
                assert "started" in dict(events)
            visitor.post(f"/c/{conversation}/settings/", {"model": name})
            visitor.post("/settings/", {"model": name})
            visitor.http.get(f"/c/{conversation}/")
        visitor.http.get("/models/", headers={"Accept": "application/json"})
        assert decoy.requests == []


def test_an_address_in_what_is_said_is_fetched_by_nobody(visitor: Visitor) -> None:
    with ModelServer() as decoy:
        place = f"http://127.0.0.1:{decoy.port}/x"
        said = visitor.say(f"{place} ![]({place}) <img src={place}> [[say: ![a]({place}.png) {place}]]")
        visitor.http.get(f"/c/{said.conversation}/")
        for kind in ("md", "json", "txt"):
            visitor.http.get(f"/c/{said.conversation}/export/{kind}/")
        assert decoy.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_server_that_leads_elsewhere_is_not_followed(
    visitor: Visitor, model_server: ModelServer, status: int
) -> None:
    with ModelServer() as decoy:
        place = f"http://[::ffff:127.0.0.1]:{decoy.port}/v1/chat/completions"
        model_server.script.append(Answer(status=status, headers={"Location": place}))
        assert "failed" in visitor.say("Hello").names
        assert decoy.requests == []
