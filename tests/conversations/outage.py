"""The running site before a bucket that fails it: for one conversation and not for others, or for all at once."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import httpx2

from conversations.stores.client import CONNECT_SECONDS, TRIES
from tests.conversations import bucket
from tests.conversations.bucket import Fault, Proxy
from tests.site import Said, Site, Visitor, events_in

SILENCE = 4
"""Seconds the site waits for an answer of its store."""

PATIENCE = TRIES * (CONNECT_SECONDS + SILENCE) + 1 + 2 + 10
"""The longest that a request to the store may take, pauses and all, and ten seconds for a busy machine."""

FAULTS: dict[str, Fault | None] = {
    "silence": None,
    "lost answers": "lost",
    "errors": (500, "InternalError"),
    "slow down": (503, "SlowDown"),
    "hanging up": "shut",
    "broken bodies": "cut",
}


@dataclass
class Outage:
    fault: Fault
    about: str
    methods: tuple[str, ...]
    says: bytes
    hits: int = 0

    def meets(self, method: str, path: str, body: bytes) -> bool:
        return self.about in unquote(path) and method in self.methods and self.says in body


class Between(Proxy):
    """Passes on what no outage meets. Closed, it refuses every connection."""

    def __init__(self, upstream: int) -> None:
        super().__init__(upstream)
        self.outages: list[Outage] = []
        self.shut = False

    def fault(self, command: str, path: str, body: bytes) -> Fault | None:
        if self.shut:
            return "shut"
        for outage in list(self.outages):
            if outage.meets(command, path, body):
                outage.hits += 1
                return outage.fault
        return None

    def listen(self) -> None:
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    @contextmanager
    def closed(self) -> Iterator[None]:
        self.shut = True
        self.close()
        try:
            yield
        finally:
            self.socket = socket.socket(self.address_family, self.socket_type)
            self.server_bind()
            self.server_activate()
            self.shut = False
            self.listen()


@dataclass
class Harbour:
    """A site, somebody who visits it, and its bucket. Everything asked of the site has an answer within PATIENCE."""

    site: Site
    visitor: Visitor
    between: Between
    port: int
    bucket: str

    @contextmanager
    def failing(
        self, fault: str, about: str, methods: tuple[str, ...] = ("GET", "PUT", "HEAD", "DELETE"), says: bytes = b""
    ) -> Iterator[Outage]:
        """Until this ends, requests to the store about it go wrong."""
        silence = Event()
        outage = Outage(FAULTS[fault] or silence, about, methods, says)
        self.between.outages.append(outage)
        try:
            yield outage
        finally:
            self.between.outages.remove(outage)
            silence.set()

    def ask(self, text: str, conversation: str, message: str, parent: str | None = None) -> Said | None:
        """Says something and reads to the end of the stream; None where it was refused as what cannot be kept."""
        said = Said(conversation, message)
        with self.asking(text, said, parent) as response:
            if response.status_code != 200:
                response.read()
                assert (response.status_code, response.json()["code"]) == (503, "store")
                return None
            said.events.extend(events_in(response))
        return said

    @contextmanager
    def asking(self, text: str, said: Said, parent: str | None = None) -> Iterator[httpx2.Response]:
        body = {"message": said.message, "parent": parent, "text": text}
        headers = {**self.visitor.headers, "Accept": "text/event-stream"}
        url = f"/c/{said.conversation}/messages/"
        with self.visitor.http.stream("POST", url, json=body, headers=headers, timeout=PATIENCE) as response:
            yield response

    def talked(self, text: str = "Hello [[say: hello]]") -> Said:
        said = self.ask(text, str(uuid4()), str(uuid4()))
        assert said
        return said

    def post(self, act: str, conversation: str, **body: str) -> int:
        answer = self.visitor.http.post(
            f"/c/{conversation}/{act}/", json=body, headers=self.visitor.headers, timeout=PATIENCE
        )
        return answer.status_code

    def page(self, conversation: str) -> httpx2.Response:
        return self.visitor.http.get(f"/c/{conversation}/", timeout=PATIENCE)

    def keys(self, conversation: str) -> list[str]:
        listed = bucket.client(self.port).list_objects_v2(Bucket=self.bucket, Prefix="chats/users/")
        return [entry["Key"] for entry in listed.get("Contents", ()) if conversation in entry["Key"]]

    def document(self, conversation: str) -> dict[str, Any]:
        """All of it, with what lies in parts."""
        (key,) = [key for key in self.keys(conversation) if key.endswith(f"{conversation}.json")]
        document = self._read(key)
        folder = key.rpartition("/")[0]
        parts = [self._read(f"{folder}/{part['key']}") for part in document["parts"]]
        document["messages"] = [message for one in (*parts, document) for message in one["messages"]]
        return document

    def messages(self, conversation: str) -> dict[str, dict[str, Any]]:
        """Each message by its id; none is there twice."""
        found = self.document(conversation)["messages"]
        messages = {message["id"]: message for message in found}
        assert len(messages) == len(found)
        return messages

    def _read(self, key: str) -> dict[str, Any]:
        found = bucket.client(self.port).get_object(Bucket=self.bucket, Key=key)
        document: dict[str, Any] = json.loads(found["Body"].read())
        return document
