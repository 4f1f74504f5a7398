"""The site's own presets, which its staff keeps in the admin."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from conversations.models import SitePreset
from conversations.presets import presets_of, sites
from tests.accounts.test_presets import JSON, PIRATE, listed, names, of_the_site, post
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
URL = "/admin/conversations/sitepreset/"
LIBRARY = "/settings/presets/"
TYPED: dict[str, Any] = {
    "name": "Pirate",
    "model": "google/gemma-2-9b-it",
    "system_prompt": "Answer like a pirate.\r\nAlways.",
    "temperature": "1,2",
    "max_tokens": "500",
    "stop": "Human:\r\n\\n\\n",
    "turns": "10",
    "starters": "Where is the gold?\r\n\r\nSing",
    "examples": '[{"user": "Hello", "assistant": "Ahoy!"}]',
}
WHOLE = PIRATE | {"starters": ["Where is the gold?", "Sing"], "examples": PIRATE["examples"][:1]}


def test_staff_adds_changes_and_deletes_them(carol: User) -> None:
    client = signed_in(carol)
    assert client.post(f"{URL}add/", TYPED).status_code == 302
    [one] = sites()
    assert one.fields() == WHOLE
    page = client.get(f"{URL}{one.id}/change/").content.decode()
    assert "&quot;Ahoy!&quot;" in page
    assert client.get(URL).status_code == 200
    assert client.post(f"{URL}{one.id}/change/", TYPED | {"temperature": "", "name": "Buccaneer"}).status_code == 302
    [one] = sites()
    assert (one.name, one.tuning["temperature"]) == ("Buccaneer", None)
    assert client.post(f"{URL}{one.id}/delete/", {"post": "yes"}).status_code == 302
    assert sites() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"temperature": "3"},
        {"starters": "\n".join("abcdefg")},
        {"examples": "{"},
        {"examples": '[{"user": "a"}]'},
        {"examples": "[" * 20_000},
    ],
    ids=lambda wrong: str(wrong)[:30],
)
def test_what_is_wrong_is_said(carol: User, wrong: dict[str, str]) -> None:
    answer = signed_in(carol).post(f"{URL}add/", TYPED | wrong)
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not SitePreset.objects.exists()


def test_nobody_else_may(as_alice: Client) -> None:
    row = of_the_site()
    for url in (URL, f"{URL}add/", f"{URL}{row.id}/change/"):
        assert as_alice.get(url).status_code == 302
        assert as_alice.post(url, TYPED).status_code == 302
    assert [one.name for one in sites()] == ["House style"]


def test_the_sites_are_shown_to_everybody_below_their_own_and_can_be_made_ones_own(
    as_alice: Client, as_bob: Client, alice: User
) -> None:
    site = of_the_site()
    post(as_alice, **PIRATE)
    assert [(one["name"], one["own"]) for one in listed(as_alice)] == [("Pirate", True), ("House style", False)]
    assert names(as_bob) == ["House style"]
    page = as_alice.get(LIBRARY).content.decode()
    assert page.index("Pirate") < page.index("From this site") < page.index("House style")
    url = f"{LIBRARY}{site.id}/"
    assert as_alice.get(url).status_code == as_alice.post(url, {"name": "Mine now"}).status_code == 404
    assert post(as_alice, f"{url}delete/").status_code == 404
    for _ in range(2):
        answer = as_alice.post(f"{url}copy/")
        assert answer.status_code == 303
    mine = as_alice.get(answer.headers["location"], headers=JSON).json()
    assert names(as_alice) == ["House style", "Pirate", "House style"]
    assert (mine["name"], mine["model"], mine["own"]) == ("House style", "served/model", True)
    assert mine["starters"] == ["Begin"]
    assert post(as_bob, f"{url}copy/").json()["name"] == "House style"
    assert post(as_bob, f"{LIBRARY}{uuid4()}/copy/").status_code == 404
    assert [one.is_own for one in presets_of(User.objects.get(id=alice.id))] == [True, True, False]
