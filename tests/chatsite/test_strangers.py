"""Every address of the site that names something: for who does not own it there is nothing there, by any method."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from conversations.models import Conversation
from conversations.transcripts import archive
from tests.conftest import signed_in
from tests.conversations.past import talked, transcript_of

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "marzipan"
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
KINDS = ("text/html", "application/json", "text/event-stream")
IDS = {"conversation", "message", "reply", "prompt", "preset"}
PUBLIC = {"shared": "whoever has the link may read it, until where it was shared"}
NOBODYS = {
    "account_confirm_email": "a key that only an e-mail holds",
    "account_reset_password_from_key": "a key that only an e-mail holds",
    "openid_connect_login": "the name of a provider",
    "openid_connect_callback": "the name of a provider",
}
"""What is named there belongs to no user."""


def patterns(resolver: URLResolver | None = None, above: tuple[str, ...] = ()) -> Iterator[tuple[str, frozenset[str]]]:
    """The name of each address outside the admin, and what it names."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            named = {*pattern.pattern.converters, *pattern.pattern.regex.groupindex}
            yield ":".join((*above, pattern.name or "")), frozenset(named)
        elif pattern.namespace != "admin":
            yield from patterns(pattern, (*above, pattern.namespace) if pattern.namespace else above)


OWNED = sorted({name for name, named in patterns() if named & IDS})


@pytest.fixture
def ids(alice: User) -> dict[str, Any]:
    """Of all that alice has."""
    row = talked(alice, [CANARY, f"More of {CANARY}"], title=CANARY)
    question, answer = transcript_of(row).ordered()
    as_alice = signed_in(alice)
    as_alice.post("/settings/prompts/", {"command": "mine", "text": CANARY})
    as_alice.post("/settings/presets/", {"name": CANARY})
    alice = User.objects.whole().get(id=alice.id)
    return {
        "conversation": row.id,
        "message": question.id,
        "reply": answer.id,
        "kind": "json",
        "prompt": next(iter(alice.prompts)),
        "preset": next(iter(alice.presets)),
    }


def everything() -> list[Any]:
    rows = [list(model.objects.order_by("pk").values()) for model in (User, Conversation)]
    keys = list(archive().store.keys(""))
    return [*rows, [(key, archive().store.get(key)) for key in keys]]


def test_every_address_that_names_something_is_known_here() -> None:
    named = {name for name, groups in patterns() if groups}
    assert named == {*OWNED, *PUBLIC, *NOBODYS}
    assert {"conversations:reply", "conversations:replies", "prompt", "preset"} <= set(OWNED)


@pytest.mark.parametrize("who", ["bob", "carol", "nobody"])
def test_a_stranger_finds_nothing_and_changes_nothing(
    request: pytest.FixtureRequest, ids: dict[str, Any], who: str
) -> None:
    stranger = Client() if who == "nobody" else signed_in(request.getfixturevalue(who))
    before = everything()
    wrong = []
    for name in OWNED:
        named = next(groups for pattern, groups in patterns() if pattern == name)
        url = reverse(name, kwargs={key: ids[key] for key in named})
        for verb in VERBS:
            for kind in KINDS if verb in {"GET", "POST"} else KINDS[:1]:
                answer = ask(stranger, verb, url, kind)
                allowed = {302, 401} if who == "nobody" else {404, 405}
                if answer.status_code not in allowed or CANARY in answer.content.decode():
                    wrong.append((verb, url, kind, answer.status_code))
                if answer.status_code == 302 and not answer["Location"].startswith("/accounts/login/"):
                    wrong.append((verb, url, kind, answer["Location"]))
    assert wrong == []
    assert everything() == before


def ask(client: Client, verb: str, url: str, kind: str) -> Any:
    fields = {"message": str(uuid4()), "text": "Hello", "title": "Mine", "on": "true", "value": "good", "name": "Mine"}
    if kind == "text/html":
        return client.generic(verb, url, urlencode(fields), "application/x-www-form-urlencoded")
    return client.generic(verb, url, json.dumps(fields), "application/json", headers={"Accept": kind})


def test_pages_of_the_admin_are_for_staff(ids: dict[str, Any], as_bob: Client) -> None:
    for url in (f"/admin/conversations/conversation/{ids['conversation']}/change/", "/admin/accounts/user/"):
        for client in (as_bob, Client()):
            for verb in VERBS:
                answer = client.generic(verb, url)
                assert answer.status_code == 302
                assert answer["Location"].startswith(("/admin/login/", "/accounts/login/"))


def test_the_first_who_signs_up_is_a_user_like_everybody_else(client: Client) -> None:
    fields = {"username": "first", "password1": "quite another one", "password2": "quite another one"}
    fields |= {"is_staff": "on", "is_superuser": "on", "is_active": "on"}
    assert client.post("/accounts/signup/", fields).status_code == 302
    first = User.objects.get()
    assert (first.username, first.is_staff, first.is_superuser) == ("first", False, False)
    assert client.get("/admin/").status_code == 302
