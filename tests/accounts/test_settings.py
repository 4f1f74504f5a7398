"""One's own settings over HTTP, in the row and in the store."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.preferences import Choices, chosen, merged, preferences
from conversations.profile import change, key_of
from conversations.transcripts import archive
from tests.conversations.commands import manage
from tests.conversations.past import talked

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def save(client: Client, **values: str) -> Any:
    return client.post("/settings/", json.dumps(values), content_type="application/json")


def choose(user: User, choices: Choices) -> None:
    change(archive().store, user, "preferences", partial(merged, choices))


def profile(user: User) -> dict[str, Any]:
    stored = archive().store.get(key_of(user.id))
    assert stored
    document: dict[str, Any] = json.loads(stored.data)
    return document


def values_of(user: User) -> dict[str, str]:
    user.refresh_from_db()
    return vars(preferences(user.preferences))


def test_one_setting_is_saved_and_the_others_stay(as_alice: Client, alice: User) -> None:
    assert save(as_alice, appearance="dark").status_code == 204
    assert save(as_alice, send_key="ctrl-enter").status_code == 204
    assert values_of(alice) == {
        "appearance": "dark",
        "language": "auto",
        "send_key": "ctrl-enter",
        "announcements": "sentences",
        **dict.fromkeys(("model", "system_prompt", "about_me", "how_to_answer"), ""),
    }
    assert {name: entry["value"] for name, entry in profile(alice)["preferences"].items()} == {
        "appearance": "dark",
        "send_key": "ctrl-enter",
    }


@pytest.mark.parametrize(
    "values", [{"appearance": "pink"}, {"send_key": ""}, {"language": "xx"}, {"nonsense": "dark"}, {}], ids=str
)
def test_nonsense_is_refused(as_alice: Client, alice: User, values: dict[str, str]) -> None:
    answer = save(as_alice, **values)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert archive().store.get(key_of(alice.id)) is None


@pytest.mark.parametrize("body", ["[]", "{", '{"appearance": 7}', '{"appearance": ["dark"]}'])
def test_what_is_no_form_at_all_is_refused(as_alice: Client, body: str) -> None:
    assert as_alice.post("/settings/", body, content_type="application/json").status_code == 400


def test_a_stranger_sees_and_changes_nothing(client: Client, alice: User) -> None:
    assert client.get("/settings/").headers["location"] == "/accounts/login/?next=/settings/"
    assert save(client, appearance="dark").status_code == 401


def test_a_forged_form_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post("/settings/", {"appearance": "dark"}).status_code == 403


def test_each_has_their_own(as_alice: Client, bob: User) -> None:
    save(as_alice, appearance="dark")
    assert values_of(bob)["appearance"] == "auto"


def test_a_form_saves_too_and_comes_back(as_alice: Client, alice: User) -> None:
    answer = as_alice.post("/settings/", {"appearance": "dark", "send_key": "enter"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/")
    assert answer.cookies["theme"].value == "dark"
    page = as_alice.get("/settings/").content.decode()
    assert "Saved." in page
    assert 'data-theme="dark"' in page


def test_the_users_own_appearance_wins_unless_the_browser_knows_a_newer_one(as_alice: Client) -> None:
    save(as_alice, appearance="dark")
    for cookie, shown in (("", "dark"), ("light", "dark"), ("light!", "light"), ("pink!", "dark")):
        as_alice.cookies["theme"] = cookie
        for url in ("/c/new/", "/settings/"):
            assert f'data-theme="{shown}"' in as_alice.get(url).content.decode()


def test_with_the_store_away_nothing_is_saved_and_it_says_so(as_alice: Client, alice: User, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("in the way")
    answer = save(as_alice, appearance="dark")
    assert answer.status_code == 503
    assert "could not be saved" in answer.json()["message"]
    assert values_of(alice)["appearance"] == "auto"


def test_what_a_profile_says_besides_is_kept(as_alice: Client, alice: User) -> None:
    entry = {"value": "loud", "changed_at": "2026-11-20T12:00:00.000Z"}
    document = {"schema": 1, "id": str(alice.id), "memories": [1, 2], "preferences": {"volume": entry}}
    archive().store.put(key_of(alice.id), json.dumps(document).encode(), None)
    save(as_alice, appearance="dark")
    kept = profile(alice)
    assert (kept["memories"], kept["preferences"]["volume"], kept["username"]) == ([1, 2], entry, "alice")


@pytest.mark.parametrize("value", [["dark"], {"dark": 1}, 7, None], ids=str)
def test_a_choice_that_makes_no_sense_is_no_choice(as_alice: Client, alice: User, value: object) -> None:
    alice.preferences = {name: {"value": value} for name in vars(preferences({}))}
    alice.save()
    assert preferences(alice.preferences) == preferences({})
    assert as_alice.get("/c/new/").status_code == 200


@pytest.mark.parametrize(
    "document", [b"{half", b'{"schema": 2}', b'{"schema": 1, "preferences": []}', b'{"schema": 1, "prompts": []}']
)
def test_a_profile_of_another_kind_is_never_overwritten(as_alice: Client, alice: User, document: bytes) -> None:
    archive().store.put(key_of(alice.id), document, None)
    for answer in (
        save(as_alice, appearance="dark"),
        as_alice.post("/models/favourite/", {"model": "a", "on": "true"}, content_type="application/json"),
        as_alice.post("/settings/prompts/", {"command": "a", "text": "b"}, content_type="application/json"),
    ):
        # Not that the store is away: trying again would not help.
        assert (answer.status_code, answer.json()["code"]) == (500, "unreadable")
    stored = archive().store.get(key_of(alice.id))
    assert stored
    assert stored.data == document


def test_of_two_writers_each_choice_of_the_later_one_wins(alice: User) -> None:
    stale = User.objects.get(id=alice.id)
    choose(alice, chosen({"appearance": "dark", "send_key": "enter"}, NOW))
    choose(stale, chosen({"appearance": "light"}, NOW - timedelta(seconds=1)))
    choose(stale, chosen({"send_key": "ctrl-enter"}, NOW + timedelta(seconds=1)))
    assert (values_of(alice)["appearance"], values_of(alice)["send_key"]) == ("dark", "ctrl-enter")
    assert profile(alice)["preferences"] == alice.preferences


def test_merging_is_the_same_from_either_side() -> None:
    one, other = chosen({"appearance": "dark"}, NOW), chosen({"appearance": "light", "language": "en"}, NOW)
    assert merged(one, other) == merged(other, one)
    assert merged(one, {"appearance": "broken"}) == one


def test_the_store_alone_brings_them_back(as_alice: Client, alice: User) -> None:
    talked(alice)
    save(as_alice, appearance="dark")
    save(as_alice, send_key="ctrl-enter")
    number, before = alice.id, profile(alice)
    alice.delete()
    assert manage("reindex").code == 0
    again = User.objects.get(id=number)
    assert values_of(again)["appearance"] == "dark"
    assert values_of(again)["send_key"] == "ctrl-enter"
    assert profile(again) == before


def test_a_row_that_is_older_than_the_store_is_corrected_and_one_that_is_newer_stays(alice: User) -> None:
    choose(alice, chosen({"appearance": "dark", "send_key": "ctrl-enter"}, NOW))
    newer = chosen({"appearance": "light"}, NOW + timedelta(hours=1))
    User.objects.filter(id=alice.id).update(preferences=newer)
    talked(alice)
    manage("reindex")
    assert (values_of(alice)["appearance"], values_of(alice)["send_key"]) == ("light", "ctrl-enter")


def test_a_profile_that_cannot_be_read_is_reported(alice: User) -> None:
    talked(alice)
    archive().store.put(key_of(alice.id), b"{half", None)
    ran = manage("reindex")
    assert ran.code == 1
    assert f"Skipped {key_of(alice.id)}" in ran.err
