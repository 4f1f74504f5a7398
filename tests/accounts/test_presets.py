"""A user's own presets and the site's over HTTP, in the row and in the store."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from conversations.models import SitePreset
from conversations.presets import preset
from conversations.profile import key_of
from conversations.transcripts import archive
from conversations.tuning import NAMES
from tests.accounts.test_settings import profile
from tests.conversations.pages import Page

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "/settings/presets/"
JSON = {"Accept": "application/json"}
MARKUP = "<img src=x onerror=alert(1)>\"'{{ 7*7 }}"
PIRATE: dict[str, Any] = {
    "name": "Pirate",
    "model": "google/gemma-2-9b-it",
    **dict.fromkeys(NAMES),
    "system_prompt": "Answer like a pirate.\nAlways.",
    "temperature": 1.2,
    "max_tokens": 500,
    "stop": ["Human:", "\n\n"],
    "turns": 10,
    "starters": ["Where is the gold?", "Sing\na song"],
    "examples": [{"user": "Hello", "assistant": "Ahoy!"}, {"user": "Who are you?", "assistant": "A pirate."}],
}


def post(client: Client, url: str = URL, **fields: object) -> Any:
    return client.post(url, json.dumps(fields), content_type="application/json")


def listed(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(URL, headers=JSON).json()["presets"]
    return found


def url_of(client: Client, name: str) -> str:
    return next(f"{URL}{one['id']}/" for one in listed(client) if one["name"] == name)


def names(client: Client) -> list[str]:
    return [one["name"] for one in listed(client)]


def known(client: Client, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(url_of(client, name), headers=JSON).json()
    assert found.pop("id")
    return found


def of_the_site(**fields: Any) -> SitePreset:
    kept = {name: PIRATE[name] for name in NAMES} | {"model": "served/model"}
    return SitePreset.objects.create(**{"name": "House style", "settings": kept, "starters": ["Begin"]} | fields)


def form_fields(page: Page, form: str) -> dict[str, Any]:
    """What a browser would send if the form were left as it is."""
    fields: dict[str, Any] = {}
    for field in page.one(form).select("input[name], textarea[name]"):
        value = field.get_text().removeprefix("\n") if field.name == "textarea" else str(field.get("value", ""))
        fields.setdefault(str(field["name"]), []).append(value.replace("\n", "\r\n"))
    return fields


def test_a_preset_is_added_changed_and_deleted(as_alice: Client, alice: User) -> None:
    assert post(as_alice, **PIRATE).status_code == 204
    assert post(as_alice, name="plain").status_code == 204
    assert names(as_alice) == ["Pirate", "plain"]
    assert known(as_alice, "Pirate") == PIRATE | {"own": True}
    url = url_of(as_alice, "Pirate")
    assert post(as_alice, url, temperature=0.2, starters=[]).status_code == 204
    assert known(as_alice, "Pirate") == PIRATE | {"own": True, "temperature": 0.2, "starters": []}
    assert post(as_alice, f"{url}delete/").status_code == 204
    assert names(as_alice) == ["plain"]
    assert post(as_alice, url, name="Back?").status_code == 404
    assert "pirate" not in json.dumps(profile(alice)).lower()
    alice.refresh_from_db()
    assert alice.presets == profile(alice)["presets"]


def test_a_page_that_is_saved_as_it_is_changes_nothing_and_one_deleted_comes_back_whole(as_alice: Client) -> None:
    post(as_alice, **PIRATE)
    url = url_of(as_alice, "Pirate")
    fields = form_fields(Page(as_alice.get(url).content.decode()), "#preset")
    assert as_alice.post(url, fields).headers["location"] == URL
    assert known(as_alice, "Pirate") == PIRATE | {"own": True}
    assert as_alice.post(f"{url}delete/").status_code == 303
    page = Page(as_alice.get(URL).content.decode())
    assert names(as_alice) == []
    assert as_alice.post(URL, form_fields(page, ".prompt-deleted")).status_code == 303
    assert known(as_alice, "Pirate") == PIRATE | {"own": True}
    assert "prompt-deleted" not in as_alice.get(URL).content.decode()


def test_rows_that_are_empty_are_left_out_and_there_is_room_for_more(as_alice: Client) -> None:
    page = Page(as_alice.get(URL).content.decode())
    fields = form_fields(page, ".prompt-form")
    assert (len(fields["starters"]), len(fields["examples_user"])) == (2, 1)
    fields |= {
        "name": "Mine",
        "starters": ["", "One", " "],
        "examples_user": ["Q", ""],
        "examples_assistant": ["A", ""],
    }
    assert as_alice.post(URL, fields).status_code == 303
    assert known(as_alice, "Mine")["starters"] == ["One"]
    assert known(as_alice, "Mine")["examples"] == [{"user": "Q", "assistant": "A"}]
    again = form_fields(Page(as_alice.get(url_of(as_alice, "Mine")).content.decode()), "#preset")
    assert (again["starters"], again["examples_user"]) == (["One", "", ""], ["Q", ""])
    post(as_alice, url_of(as_alice, "Mine"), starters=[str(number) for number in range(6)])
    again = form_fields(Page(as_alice.get(url_of(as_alice, "Mine")).content.decode()), "#preset")
    assert len(again["starters"]) == 6


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"model": "x" * 201}, "model"),
        ({"system_prompt": "x" * 20_001}, "system_prompt"),
        ({"temperature": "3"}, "temperature"),
        ({"stop": "a\nb\nc\nd\ne"}, "stop"),
        ({"starters": [str(number) for number in range(7)]}, "starters"),
        ({"starters": ["fine", "x" * 2001]}, "starters"),
        ({"examples": [{"user": "only"}]}, "examples"),
        ({"examples": [{"user": "x" * 4001, "assistant": "y"}]}, "examples"),
        ({"examples": [{"user": str(number), "assistant": "y"} for number in range(11)]}, "examples"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    as_alice: Client, alice: User, wrong: dict[str, Any], field: str
) -> None:
    answer = post(as_alice, **{"name": "Mine"} | wrong)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    fields = {"name": "Mine", "system_prompt": "Kept"} | wrong
    for pair in fields.pop("examples", []):
        for side in ("user", "assistant"):
            fields.setdefault(f"examples_{side}", []).append(pair.get(side, ""))
    answer = as_alice.post(URL, fields)
    page = Page(answer.content.decode())
    assert answer.status_code == 400
    assert page.one("[autofocus]")
    sentence = str(post(as_alice, **{"name": "Mine"} | wrong).json()["errors"][field][0])
    assert sentence in page.one(".prompt-form").get_text()
    for name, value in fields.items():
        assert form_fields(page, ".prompt-form")[name][: len(value) if isinstance(value, list) else 1] == (
            value if isinstance(value, list) else [value.replace("\n", "\r\n")]
        )
    assert archive().store.get(key_of(alice.id)) is None


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{",
        '{"name": 7.5, "starters": "one"}',
        '{"name": "x", "starters": [1]}',
        '{"name": "x", "examples": ["a"]}',
        '{"name": "x", "examples": [{"user": 1, "assistant": 2}]}',
        '{"name": "x", "examples": {"user": "a"}}',
        '{"name": "x", "temperature": NaN}',
        '{"name": ["x"], "model": {}}',
    ],
)
def test_what_a_script_should_not_send_is_refused(as_alice: Client, body: str) -> None:
    answer = as_alice.post(URL, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_strange_texts_are_kept_and_never_markup(as_alice: Client) -> None:
    texts: dict[str, Any] = {"name": MARKUP[:60], "system_prompt": MARKUP + "\u202e\0\ud800" + "🙂" * 15_000}
    texts |= {"model": MARKUP, "starters": [MARKUP], "examples": [{"user": MARKUP, "assistant": MARKUP}]}
    assert post(as_alice, **texts).status_code == 204
    of_the_site(name=MARKUP, starters=[MARKUP])
    [one, _] = listed(as_alice)
    assert one["system_prompt"].startswith(f"{MARKUP}\u202e\ufffd\ufffd")
    assert (one["starters"], one["model"]) == ([MARKUP], MARKUP)
    pages = [URL, f"{URL}{one['id']}/", f"/c/new/?preset={one['id']}"]
    for url in pages:
        assert "<img src=x" not in as_alice.get(url).content.decode(), url
    as_alice.post(f"{URL}{one['id']}/delete/")
    assert "<img src=x" not in as_alice.get(URL).content.decode()


def test_a_form_sent_twice_adds_one_and_there_are_fifty_at_most(as_alice: Client, alice: User) -> None:
    for _ in range(2):
        assert as_alice.post(URL, {"name": "Once"}).status_code == 303
    assert names(as_alice) == ["Once"]
    many = {str(uuid4()): {"name": f"Preset {n}", "changed_at": NOW.isoformat()} for n in range(50)}
    User.objects.filter(id=alice.id).update(presets=many)
    assert "50 presets" in post(as_alice, name="One more").json()["errors"]["__all__"][0]
    assert "50 presets" in as_alice.post(URL, {"name": "One more"}).content.decode()
    site = of_the_site()
    assert "50 presets" in as_alice.post(f"{URL}{site.id}/copy/", follow=True).content.decode()
    assert post(as_alice, f"{url_of(as_alice, 'Preset 7')}", model="other").status_code == 204
    assert post(as_alice, f"{url_of(as_alice, 'Preset 7')}delete/").status_code == 204
    assert as_alice.post(f"{URL}{site.id}/copy/").status_code == 303


def test_strangers_find_and_change_nothing(as_alice: Client, as_bob: Client, client: Client, bob: User) -> None:
    post(as_alice, **PIRATE)
    url = url_of(as_alice, "Pirate")
    for stranger, status in ((as_bob, 404), (client, 401)):
        assert stranger.get(url, headers=JSON).status_code == status
        for path in (url, f"{url}delete/", f"{url}copy/"):
            assert post(stranger, path, name="Theirs").status_code == status
    assert as_bob.get(url).status_code == as_bob.post(url, {"name": "a"}).status_code == 404
    assert "pirate" not in as_bob.get(f"/c/new/?preset={url.split('/')[-2]}").content.decode().lower()
    assert preset(bob, url.split("/")[-2]) is None
    assert client.get(url).headers["location"] == f"/accounts/login/?next={url}"
    assert known(as_alice, "Pirate") == PIRATE | {"own": True}
    forging = Client(enforce_csrf_checks=True)
    forging.cookies = as_alice.cookies
    for path in (URL, url, f"{url}delete/", f"{url}copy/"):
        assert forging.post(path, {"name": "forged"}).status_code == 403
