"""One of everything that can be said and set on a site, over HTTP; and all that its pages then show."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from tests.site import Said, Visitor

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LONG = "Tell me [[say: " + " ".join(f"word{number}" for number in range(400)) + "]]"
SEARCHES = ("zebra", "word399", "Lisbon", "tag:travel", "nothing-of-this-kind")


class Life:
    """What a visitor has done. `conversations` are by what is special about them."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.conversations: dict[str, str] = {}
        self.shared = ""

    def live(self) -> None:
        self._branches()
        self._parts()
        self._flags()
        self._clear()
        self._own()

    def _branches(self) -> None:
        first = self._say(
            "branches", "Plan a trip to Lisbon [[say: Go by train, see a zebra.]] [[title: A Trip to Lisbon]]"
        )
        again = Said(first.conversation, first.message)
        with self.visitor.stream(self._path(first, f"messages/{first.message}/replies"), {}) as events:
            again.events.extend(events)
        second = self._say("branches", "And by ship? [[fail 500]]", parent=again.reply)
        self._post(self._path(first, f"messages/{again.reply}/rating"), value="good", comment="It knows trains")
        self._post(self._path(first, f"messages/{again.reply}/edit"), text="Go by night train.")
        self._say("branches", "Shorter? [[think: hm]] [[say: Train.]]", parent=None)
        self._post(self._path(first, "current"), message=second.message)
        self._post(self._path(first, "settings"), temperature=0.5, system_prompt="Be brief.")
        self.shared = urlsplit(self._post(self._path(first, "share"), on="true").json()["url"]).path

    def _parts(self) -> None:
        parent = None
        for number in range(4):
            parent = self._say("parts", f"{number}. {LONG}", parent=parent).reply

    def _flags(self) -> None:
        said = self._say("flags", "Pack for [[say: Socks.]] [[title fail]]")
        self._post(self._path(said, "rename"), title="Packing <b>list</b>")
        self._post(self._path(said, "tags"), tags="travel, Größe")
        self._post(self._path(said, "pin"), on="true")
        stored = self._say("archived", "An old one [[say: Yes.]]")
        self._post(self._path(stored, "archive"), on="true")

    def _clear(self) -> None:
        said = self._say("cleared", "Forget this [[say: Forgotten.]]")
        fork = str(uuid4())
        self._post(self._path(said, "fork"), message=said.reply, conversation=fork)
        self.conversations["fork"] = fork
        self._post(self._path(said, "clear"))
        self._say("cleared", "Begin anew [[say: Anew.]]", parent=None)

    def _own(self) -> None:
        self._post("/settings/", appearance="dark", about_me="I like trains.", send_key="ctrl-enter")
        self._post("/settings/prompts/", command="translate", text="Into {{language}}:")
        self._post("/settings/presets/", name="Pirate", system_prompt="Ahoy.", starters=["Where to?"])
        self._post("/models/favourite/", model="other-model", on="true")

    def _say(self, name: str, text: str, parent: str | None = None) -> Said:
        said = self.visitor.say(text, self.conversations.get(name), parent)
        self.conversations[name] = said.conversation
        assert {"done", "failed"} & set(said.names)
        return said

    def _path(self, said: Said, act: str) -> str:
        return f"/c/{said.conversation}/{act}/"

    def _post(self, path: str, **fields: Any) -> Any:
        answer = self.visitor.post(path, fields)
        assert answer.status_code in {200, 201, 204, 303}, (path, answer.status_code, answer.text)
        return answer


Get = Callable[[str], tuple[int, str]]


def shown(get: Get, conversations: Iterable[str], kept: set[str], *more: str) -> dict[str, str]:
    """By address what the page there says. Ids that are made for each page are left out; `kept` are all others."""
    addresses = ["/", "/c/new/", "/c/", "/c/archived/", "/settings/", "/settings/prompts/", "/settings/presets/", *more]
    addresses += [f"/search/?q={words}" for words in SEARCHES]
    for conversation in conversations:
        page = f"/c/{conversation}/"
        messages = json.loads(get(f"{page}export/json/")[1])["messages"]
        addresses += [page, f"{page}settings/", *(f"{page}export/{kind}/" for kind in ("md", "txt", "json"))]
        addresses += [f"{page}messages/?before={message['id']}" for message in messages[2:3]]
        addresses += [f"{page}messages/{message['id']}/details/" for message in messages[:2]]
    answers = {address: get(address) for address in addresses}
    assert [(address, status) for address, (status, _) in answers.items() if status != 200] == []
    return {address: _lasting(text, kept) for address, (_, text) in answers.items()}


# Rows know to the microsecond when they were written and when a branch was chosen, and whether the newest answer was
# seen; the store does not.
PASSING = re.compile(
    r' (?:data-(?:since|answered|branched|updated)|datetime)="[^"]*"| data-unread\b|csrfmiddlewaretoken" value="[^"]+"'
)


def _lasting(text: str, kept: set[str]) -> str:
    text = re.sub(r"http://127\.0\.0\.1:\d+", "SITE", PASSING.sub("", text))
    return ID.sub(lambda found: found[0] if found[0] in kept else "ID", text)


def ids_in(documents: Iterable[str]) -> set[str]:
    return set(ID.findall(" ".join(documents)))
