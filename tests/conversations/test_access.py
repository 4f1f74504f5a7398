"""Who may do what with which URL: nobody but the owner reaches a conversation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, reverse

from accounts.models import User
from conversations import urls
from conversations.models import Conversation, Reply
from tests.conftest import signed_in
from tests.conversations.past import talked, transcript_of

VERBS = {
    "list": {"GET", "HEAD"},
    "changes": {"GET", "HEAD"},
    "new": {"GET", "HEAD"},
    "detail": {"GET", "HEAD"},
    "messages": {"GET", "HEAD", "POST"},
    "text": {"GET", "HEAD"},
    "details": {"GET", "HEAD"},
    "edit": {"POST"},
    "rating": {"POST"},
    "replies": {"POST"},
    "continue": {"POST"},
    "reply": {"GET"},
    "stop": {"POST"},
    "export": {"GET", "HEAD"},
    "rename": {"POST"},
    "current": {"POST"},
    "clear": {"POST"},
    "fork": {"POST"},
    "delete": {"POST"},
    "undo": {"POST"},
    "pin": {"POST"},
    "archive": {"POST"},
    "tags": {"POST"},
    "title": {"POST"},
    "share": {"GET", "HEAD", "POST"},
    "settings": {"GET", "HEAD", "POST"},
    "new_settings": {"GET", "HEAD", "POST"},
    "read": {"POST"},
    "archived": {"GET", "HEAD"},
    "archive_several": {"POST"},
    "delete_several": {"POST"},
    "undo_several": {"POST"},
    "export_several": {"POST"},
}
OF_ALL = {"list", "new", "new_settings", "changes", "archived"} | {name for name in VERBS if name.endswith("_several")}
OF_A_CONVERSATION = VERBS.keys() - OF_ALL
ALL_VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
JSON = {"accept": "application/json"}
Said = dict[str, UUID | str]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def said(alice: User) -> Said:
    """The ids of what Alice and the model said."""
    row = talked(alice, title="Secret plans")
    question, answer = transcript_of(row).ordered()
    return {"conversation": row.id, "message": UUID(question.id), "reply": UUID(answer.id), "kind": "json"}


def url_of(name: str, ids: Said) -> str:
    pattern = next(pattern for pattern in patterns() if pattern.name == name)
    kwargs = {key: ids[key] for key in pattern.pattern.converters}
    return reverse(f"conversations:{name}", kwargs=kwargs)


def patterns() -> Iterator[URLPattern]:
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        yield pattern


def ask(client: Client, verb: str, url: str, headers: dict[str, str] | None = None) -> HttpResponse:
    fields: dict[str, Any] = {"message": str(uuid4()), "parent": str(uuid4()), "text": "Hello", "title": "Mine"}
    if verb in {"GET", "HEAD"}:
        response = client.generic(verb, url, headers=headers or {})
    elif headers == JSON:
        response = client.generic(verb, url, json.dumps(fields), content_type="application/json", headers=headers)
    else:
        response = getattr(client, verb.lower())(url, fields if verb == "POST" else "", headers=headers or {})
    assert isinstance(response, HttpResponse)
    return response


def everything() -> tuple[Any, ...]:
    """All that is kept, in the database and in the store."""
    rows = list(Conversation.objects.order_by("id").values()), list(Reply.objects.order_by("id").values())
    return rows, [transcript_of(row).to_json() for row in Conversation.objects.order_by("id")]


def test_every_url_is_known_here() -> None:
    assert {pattern.name for pattern in patterns()} == set(VERBS)


@pytest.mark.parametrize("name", VERBS)
def test_who_is_not_signed_in_is_sent_to_sign_in(said: Said, name: str) -> None:
    url = url_of(name, said)
    before = everything()
    for verb in ALL_VERBS:
        answer = ask(Client(), verb, url)
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"/accounts/login/?next={url}"
        answer = ask(Client(), verb, url, JSON)
        assert answer.status_code == 401
        assert verb == "HEAD" or json.loads(answer.content)["code"] == "auth"
    assert everything() == before


@pytest.mark.parametrize("name", sorted(OF_A_CONVERSATION))
@pytest.mark.parametrize("who", ["bob", "carol"])
def test_a_stranger_finds_nothing_even_as_staff(
    request: pytest.FixtureRequest, alice: User, said: Said, who: str, name: str
) -> None:
    stranger = signed_in(request.getfixturevalue(who))
    before = everything()
    missing = {key: value if key == "kind" else uuid4() for key, value in said.items()}
    for verb in VERBS[name]:
        for headers in (None, JSON):
            theirs = ask(stranger, verb, url_of(name, said), headers)
            nobodys = ask(stranger, verb, url_of(name, missing), headers)
            assert theirs.status_code == nobodys.status_code == 404
            assert theirs.content == nobodys.content
            assert {**theirs.headers} == {**nobodys.headers}
    assert everything() == before


def test_a_stranger_cannot_use_the_id_of_somebodys_conversation(as_bob: Client, said: Said) -> None:
    before = everything()
    fields = {"message": str(uuid4()), "text": "Let me in"}
    for answer in (
        as_bob.post(url_of("messages", said), fields, content_type="application/json"),
        as_bob.post(url_of("messages", said), fields),
    ):
        assert answer.status_code == 404
    assert everything() == before


def test_an_owner_reaches_what_is_theirs(as_alice: Client, said: Said) -> None:
    for name, verbs in VERBS.items():
        for verb in verbs & {"GET", "HEAD"}:
            assert as_alice.generic(verb, url_of(name, said)).status_code == 200, name


@pytest.mark.parametrize("name", VERBS)
def test_other_verbs_are_not_allowed(as_alice: Client, said: Said, name: str) -> None:
    before = everything()
    for verb in set(ALL_VERBS) - VERBS[name]:
        answer = ask(as_alice, verb, url_of(name, said))
        assert answer.status_code == 405, verb
        assert set(answer.headers["Allow"].split(", ")) == VERBS[name]
    assert everything() == before


@pytest.mark.parametrize("name", sorted(OF_A_CONVERSATION))
def test_an_id_that_is_no_uuid_is_not_found(as_alice: Client, said: Said, name: str) -> None:
    url = url_of(name, said)
    for key in ("conversation", "message", "reply"):
        for wrong in ("1", "..", "new", str(said[key]).upper().replace("-", "G"), f"{said[key]}%00"):
            wrong_url = url.replace(str(said[key]), wrong)
            if wrong_url not in {url, "/c/new/", "/c/new/settings/"}:
                assert as_alice.get(wrong_url).status_code == 404, wrong_url


def test_ids_of_two_conversations_do_not_mix(as_alice: Client, alice: User, said: Said) -> None:
    other = talked(alice)
    mixed = said | {"conversation": other.id}
    for name in ("text", "reply"):
        assert as_alice.get(url_of(name, mixed)).status_code == 404
    for name in ("replies", "stop"):
        assert as_alice.post(url_of(name, mixed), {}, content_type="application/json").status_code == 404


def test_every_act_needs_the_token_of_its_page(alice: User, said: Said) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    before = everything()
    for name, verbs in VERBS.items():
        if "POST" in verbs:
            assert ask(careful, "POST", url_of(name, said)).status_code == 403
            answer = ask(careful, "POST", url_of(name, said), JSON)
            assert answer.status_code == 403
            assert json.loads(answer.content)["code"] == "csrf"
    assert everything() == before


def test_every_page_with_a_composer_sets_the_token(as_alice: Client, said: Said) -> None:
    for name in ("new", "detail"):
        as_alice.cookies.pop("csrftoken", None)
        assert "csrftoken" in as_alice.get(url_of(name, said)).cookies


def test_a_conversation_without_a_safe_question_is_not_there_yet(as_alice: Client, alice: User) -> None:
    unseen = talked(alice, visible=False)
    for name in ("detail", "rename", "delete", "read"):
        verb = "GET" if name == "detail" else "POST"
        assert ask(as_alice, verb, url_of(name, {"conversation": unseen.id})).status_code == 404


def test_a_row_of_another_owner_under_the_same_path_stays_hidden(as_bob: Client, bob: User, said: Said) -> None:
    talked(bob, title="Bobs own")
    assert "Secret plans" not in as_bob.get("/c/").content.decode()
    assert "Secret plans" not in as_bob.get("/").content.decode()
