from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from conversations.models import Conversation, Piece, Reply
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

SECRET = "marzipan"
CHANGELISTS = ["/admin/conversations/conversation/", "/admin/conversations/reply/"]


@pytest.fixture
def as_carol(carol: User) -> Client:
    return signed_in(carol)


@pytest.fixture
def said(alice: User) -> tuple[Conversation, Reply]:
    """What alice said about her secret, while the model is still answering."""
    conversation = Conversation.objects.create(
        id=uuid.uuid4(), owner=alice, title=f"My {SECRET}", title_by="user", visible=True, model="m"
    )
    reply = Reply.objects.create(id=uuid.uuid4(), conversation=conversation, question=uuid.uuid4(), backend="guide")
    Piece.objects.create(reply=reply, number=0, text=f"Of {SECRET}", reasoning=f"Hmm, {SECRET}")
    return conversation, reply


def reachable(client: Client, start: str = "/admin/") -> Iterator[tuple[str, str]]:
    """Every page of the admin that links lead to, with its HTML."""
    seen, queue = {start}, [start]
    while queue:
        url = queue.pop()
        response = client.get(url)
        if response.status_code != 200 or "text/html" not in response["Content-Type"]:
            continue
        html = response.content.decode()
        yield url, html
        for link in re.findall(r'href="((?:\?|/admin/)[^"#]*)"', html):
            path = link.replace("&amp;", "&")
            # Orders and filters can be combined without end: one at a time is enough.
            if path.startswith("?"):
                path = url if "?" in url else url + path
            if path not in seen and "_changelist_filters" not in path:
                seen.add(path)
                queue.append(path)


def test_staff_sign_in_at_the_admin_itself(client: Client, carol: User) -> None:
    page = client.get("/admin/", follow=True)
    assert page.redirect_chain == [("/admin/login/?next=/admin/", 302)]
    form = {"username": "carol", "password": "carol's long password", "next": "/admin/"}
    assert client.post("/admin/login/", form)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert client.session["_auth_user_id"] == str(carol.id)


@pytest.mark.usefixtures("carol")
def test_passwords_cannot_be_guessed_there_either(client: Client) -> None:
    for _ in range(5):
        wrong = client.post("/admin/login/", {"username": "carol", "password": "guess"})
        assert "Please enter the correct username and password" in wrong.content.decode()
    refused = client.post("/admin/login/", {"username": "carol", "password": "carol's long password"})
    assert "Too many failed login attempts" in refused.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_login_page_of_the_admin_needs_nothing_our_policy_forbids(client: Client) -> None:
    response = client.get("/admin/login/")
    html = response.content.decode()
    assert "style-src 'self'" in response["Content-Security-Policy"]
    assert re.findall(r"<style| style=|<script(?![^>]* src=)| on[a-z]+=\"", html) == []
    assert all(source.startswith("/static/") for source in re.findall(r'(?:src|stylesheet" href)="([^"]+)"', html))


def test_other_users_get_no_admin(client: Client, as_alice: Client, alice: User) -> None:
    for url in ("/admin/", *CHANGELISTS, f"/admin/accounts/user/{alice.id}/change/"):
        assert as_alice.get(url).status_code == 302
    form = {"username": "alice", "password": "alice's long password"}
    assert "for a staff account" in client.post("/admin/login/", form).content.decode()
    assert client.get("/admin/").status_code == 302


@pytest.mark.usefixtures("said")
def test_no_page_that_links_lead_to_shows_what_was_said(as_carol: Client) -> None:
    pages = dict(reachable(as_carol))
    assert set(CHANGELISTS) <= set(pages)
    assert any(url.endswith("/delete/") for url in pages)
    assert any(url.endswith("/history/") for url in pages)
    assert [url for url, html in pages.items() if SECRET in html] == []


def test_the_pages_of_a_conversation_and_a_reply_show_numbers_only(
    as_carol: Client, said: tuple[Conversation, Reply]
) -> None:
    for url, row in zip(CHANGELISTS, said, strict=True):
        assert str(row.pk) in as_carol.get(url).content.decode()
        for act in ("change", "history"):
            html = as_carol.get(f"{url}{row.pk}/{act}/").content.decode()
            assert str(row.pk) in html
            assert SECRET not in html
        for act in ("add/", f"{row.pk}/delete/"):
            assert as_carol.get(url + act).status_code == 403


@pytest.mark.parametrize("place", [0, 1], ids=["conversations", "replies"])
@pytest.mark.parametrize(
    "lookup",
    [
        "q",
        "title",
        "title__contains",
        "title__startswith",
        "conversation__title__contains",
        "pieces__text__contains",
        "replies__pieces__text__contains",
    ],
)
def test_no_search_or_filter_tells_whether_a_word_was_said(
    as_carol: Client, said: tuple[Conversation, Reply], place: int, lookup: str
) -> None:
    answers = [as_carol.get(CHANGELISTS[place], {lookup: word}, follow=True) for word in (SECRET, "sesame")]
    found = [answer.status_code == 200 and str(said[place].id) in answer.content.decode() for answer in answers]
    assert found[0] == found[1]


@pytest.mark.parametrize("section", ["preferences", "presets", "prompts"])
@pytest.mark.parametrize("lookup", ["icontains", "mine__text__startswith"])
def test_no_filter_tells_what_a_user_keeps(as_carol: Client, alice: User, section: str, lookup: str) -> None:
    User.objects.filter(id=alice.id).update(**{section: {"mine": {"text": SECRET}}})
    answers = [
        as_carol.get("/admin/accounts/user/", {f"{section}__{lookup}": word}, follow=True)
        for word in (SECRET, "sesame")
    ]
    found = [answer.status_code == 200 and str(alice.id) in answer.content.decode() for answer in answers]
    assert found[0] == found[1]


def test_users_are_still_filtered_by_what_they_may_do(as_carol: Client, alice: User, carol: User) -> None:
    for lookup, value in {"is_staff__exact": 0, "is_active__exact": 1, "groups__isnull": True}.items():
        html = as_carol.get("/admin/accounts/user/", {lookup: value}).content.decode()
        assert (str(alice.id) in html, str(carol.id) in html) == (True, lookup != "is_staff__exact")


def test_nothing_said_is_listed_where_a_user_is_deleted(
    as_carol: Client, alice: User, said: tuple[Conversation, Reply]
) -> None:
    url = f"/admin/accounts/user/{alice.id}/delete/"
    action = {"action": "delete_selected", "_selected_action": str(alice.id)}
    for response in (as_carol.get(url), as_carol.post("/admin/accounts/user/", action)):
        html = response.content.decode()
        assert (response.status_code, "alice" in html, SECRET in html) == (200, True, False)
        assert str(said[0].id) not in html
    assert User.objects.get(id=alice.id).is_active


def test_a_superuser_is_made_without_questions(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "root's long password")
    call_command("createsuperuser", interactive=False, username="root", email="root@example.org", verbosity=0)
    client.post("/admin/login/", {"username": "root", "password": "root's long password"})
    assert client.get("/admin/").status_code == 200
    assert Client().post("/accounts/login/", {"login": "root", "password": "root's long password"}).status_code == 302
