"""A user's own prompts over HTTP, in the row and in the store."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from conversations.profile import change, key_of
from conversations.prompts import Prompt, added, prompts
from conversations.transcripts import archive
from tests.accounts.test_settings import profile
from tests.conversations.commands import manage
from tests.conversations.pages import Page
from tests.conversations.past import talked

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "/settings/prompts/"
MARKUP = "<img src=x onerror=alert(1)>\"'{{ 7*7 }}"


def post(client: Client, url: str = URL, **fields: object) -> Any:
    return client.post(url, json.dumps(fields), content_type="application/json")


def listed(client: Client) -> dict[str, str]:
    answer = client.get(URL, headers={"Accept": "application/json"})
    return {prompt["command"]: prompt["text"] for prompt in answer.json()["prompts"]}


def url_of(client: Client, command: str) -> str:
    found = client.get(URL, headers={"Accept": "application/json"}).json()["prompts"]
    return next(f"{URL}{prompt['id']}/" for prompt in found if prompt["command"] == command)


def commands(client: Client) -> list[str]:
    page = Page(client.get(URL).content.decode())
    return [link.get_text() for link in page.soup.select(".prompts .prompt-command")]


def entry(command: str, moment: datetime, **more: Any) -> dict[str, Any]:
    return {"command": command, "text": "A text", "changed_at": moment.isoformat(), **more}


def test_a_prompt_is_added_changed_and_deleted(as_alice: Client, alice: User) -> None:
    assert post(as_alice, command="translate", text="Translate:\n{{text}}").status_code == 204
    assert post(as_alice, command="sum-up_2", text="Sum up").status_code == 204
    assert listed(as_alice) == {"sum-up_2": "Sum up", "translate": "Translate:\n{{text}}"}
    url = url_of(as_alice, "translate")
    assert as_alice.get(url, headers={"Accept": "application/json"}).json()["text"] == "Translate:\n{{text}}"
    assert post(as_alice, url, text="Other words").status_code == 204
    assert post(as_alice, url, command="Übersetze").status_code == 204
    assert listed(as_alice) == {"sum-up_2": "Sum up", "Übersetze": "Other words"}
    assert post(as_alice, f"{url}delete/").status_code == 204
    assert listed(as_alice) == {"sum-up_2": "Sum up"}
    assert post(as_alice, url, text="Back?").status_code == 404
    assert "Other words" not in json.dumps(profile(alice))
    alice.refresh_from_db()
    assert alice.prompts == profile(alice)["prompts"]


def test_forms_do_the_same_and_a_deleted_one_can_be_brought_back(as_alice: Client) -> None:
    answer = as_alice.post(URL, {"command": "/translate", "text": "One\r\nTwo"})
    assert (answer.status_code, answer.headers["location"]) == (303, URL)
    assert listed(as_alice) == {"translate": "One\nTwo"}
    url = url_of(as_alice, "translate")
    assert as_alice.post(url, {"command": "tr", "text": "Three"}).headers["location"] == URL
    page = Page(as_alice.get(URL).content.decode())
    assert "Saved." in page.soup.get_text()
    assert as_alice.post(f"{url}delete/").status_code == 303
    page = Page(as_alice.get(URL).content.decode())
    undo = page.fields(".prompt-deleted")
    assert commands(as_alice) == []
    assert as_alice.post(URL, {"command": undo["command"], "text": undo["text"]}).status_code == 303
    assert listed(as_alice) == {"tr": "Three"}
    assert "prompt-deleted" not in as_alice.get(URL).content.decode()


def test_one_that_was_deleted_elsewhere_comes_back_in_the_form_that_adds_one(as_alice: Client) -> None:
    post(as_alice, command="translate", text="One")
    url = url_of(as_alice, "translate")
    assert post(as_alice, f"{url}delete/").status_code == 204
    answer = as_alice.post(url, {"command": "translate", "text": "Many words"})
    form = Page(answer.content.decode()).one(".prompt-form")
    assert (answer.status_code, form["action"]) == (404, URL)
    assert "deleted meanwhile" in form.text
    assert "Many words" in form.text
    assert listed(as_alice) == {}


def test_who_has_none_is_offered_examples(as_alice: Client) -> None:
    page = Page(as_alice.get(URL).content.decode())
    forms = page.soup.select(".prompt-examples form")
    assert len(forms) == 2
    for form in forms:
        fields = {str(field["name"]): str(field.get("value", "")) for field in form.select("input")}
        assert as_alice.post(URL, fields).status_code == 303
    assert sorted(commands(as_alice)) == ["/shorten", "/translate"]


@pytest.mark.parametrize("command", ["翻译", "ترجم", "अनुवाद", "a_b-3", "x" * 40, "Ärger"])
def test_letters_of_any_script_make_a_command(as_alice: Client, command: str) -> None:
    assert post(as_alice, command=command, text="Text").status_code == 204
    assert listed(as_alice) == {command: "Text"}


@pytest.mark.parametrize(
    "fields",
    [
        {"command": "", "text": "x"},
        {"command": "/", "text": "x"},
        {"command": "two words", "text": "x"},
        {"command": "a/b", "text": "x"},
        {"command": "<img>", "text": "x"},
        {"command": "a\u202eb", "text": "x"},
        {"command": "\u0301", "text": "x"},
        {"command": "x" * 41, "text": "x"},
        {"command": "x"},
        {"command": "x", "text": " \n"},
        {"command": "x", "text": "x" * 20_001},
        {"command": 7, "text": "x"},
        {},
    ],
    ids=range(13),
)
def test_nonsense_is_refused_and_a_form_keeps_what_was_typed(as_alice: Client, alice: User, fields: Any) -> None:
    answer = post(as_alice, **fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["errors"]
    if fields.get("command") != 7:
        answer = as_alice.post(URL, fields)
        page = Page(answer.content.decode())
        assert answer.status_code == 400
        assert page.one(".invalid-feedback").get_text()
        assert page.one("[autofocus]")
        assert page.one("textarea").get_text().removeprefix("\n") == fields.get("text", "")
    assert archive().store.get(key_of(alice.id)) is None


def test_a_text_may_be_long_and_strange(as_alice: Client) -> None:
    text = MARKUP + "\u202e" + "\0" + "🙂" * 19_000
    assert post(as_alice, command="long", text=text).status_code == 204
    assert listed(as_alice) == {"long": text.replace("\0", "\ufffd")}
    for url in (URL, url_of(as_alice, "long")):
        assert MARKUP not in as_alice.get(url).content.decode()


def test_a_command_is_ones_only_one_however_it_is_written(as_alice: Client) -> None:
    for command in ("Straße", "café"):
        assert post(as_alice, command=command, text="The first").status_code == 204
    for command in ("STRASSE", "cafe\u0301", "ＣＡＦÉ"):
        answer = post(as_alice, command=command, text="Another")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["command"])
    assert post(as_alice, url_of(as_alice, "café"), command="straße").status_code == 400
    assert post(as_alice, url_of(as_alice, "café"), command="Café").status_code == 204
    assert listed(as_alice) == {"Café": "The first", "Straße": "The first"}


def test_a_form_sent_twice_adds_one(as_alice: Client) -> None:
    for _ in range(2):
        assert as_alice.post(URL, {"command": "once", "text": "Only once"}).status_code == 303
    assert listed(as_alice) == {"once": "Only once"}


def test_there_are_two_hundred_at_most(as_alice: Client, alice: User) -> None:
    many = {str(uuid4()): entry(f"prompt-{number}", NOW) for number in range(200)}
    User.objects.filter(id=alice.id).update(prompts=many)
    answer = post(as_alice, command="one-more", text="Text")
    assert "200 prompts" in answer.json()["errors"]["__all__"][0]
    assert "200 prompts" in as_alice.post(URL, {"command": "one-more", "text": "Text"}).content.decode()
    assert post(as_alice, url_of(as_alice, "prompt-7"), text="Changed").status_code == 204
    assert post(as_alice, f"{url_of(as_alice, 'prompt-7')}delete/").status_code == 204
    assert post(as_alice, command="one-more", text="Text").status_code == 204


def test_strangers_find_and_change_nothing(as_alice: Client, as_bob: Client, client: Client) -> None:
    post(as_alice, command="mine", text="Private words")
    url = url_of(as_alice, "mine")
    for stranger, status in ((as_bob, 404), (client, 401)):
        assert stranger.get(url, headers={"Accept": "application/json"}).status_code == status
        assert post(stranger, url, text="Theirs").status_code == status
        assert post(stranger, f"{url}delete/").status_code == status
    assert as_bob.get(url).status_code == as_bob.post(url, {"command": "a", "text": "b"}).status_code == 404
    assert listed(as_bob) == {}
    assert client.get(url).headers["location"] == f"/accounts/login/?next={url}"
    assert listed(as_alice) == {"mine": "Private words"}
    forging = Client(enforce_csrf_checks=True)
    forging.cookies = as_alice.cookies
    assert forging.post(URL, {"command": "forged", "text": "Text"}).status_code == 403


def test_with_the_store_away_nothing_changes_and_it_says_so(as_alice: Client, tmp_path: Path) -> None:
    post(as_alice, command="mine", text="Text")
    url = url_of(as_alice, "mine")
    (tmp_path / "store").rename(tmp_path / "away")
    (tmp_path / "store").write_text("in the way")
    for path, fields in ((URL, {"command": "b", "text": "Typed"}), (url, {"text": "b"}), (f"{url}delete/", {})):
        answer = post(as_alice, path, **fields)
        assert (answer.status_code, answer.json()["code"]) == (503, "store")
    answer = as_alice.post(URL, {"command": "b", "text": "Typed"})
    assert answer.status_code == 503
    assert "could not be saved" in answer.content.decode()
    assert Page(answer.content.decode()).typed == "Typed"
    assert listed(as_alice) == {"mine": "Text"}


def test_the_store_alone_brings_them_back_and_the_deleted_ones_not(as_alice: Client, alice: User) -> None:
    talked(alice)
    post(as_alice, command="kept", text="Text")
    post(as_alice, command="gone", text="Text")
    alice.refresh_from_db()
    copy = alice.prompts
    post(as_alice, f"{url_of(as_alice, 'gone')}delete/")
    User.objects.filter(id=alice.id).update(prompts=copy)
    assert manage("reindex").code == 0
    assert listed(as_alice) == {"kept": "Text"}
    number, before = alice.id, profile(alice)
    alice.delete()
    assert manage("reindex").code == 0
    again = User.objects.get(id=number)
    assert [prompt.command for prompt in prompts(again.prompts)] == ["kept"]
    assert profile(again) == before


def test_what_another_writer_says_besides_is_kept(as_alice: Client, alice: User) -> None:
    key = str(uuid4())
    said = {key: entry("mine", NOW, icon="star"), "strange": entry("x", NOW), str(uuid4()): "no prompt at all"}
    document = {"schema": 1, "id": str(alice.id), "prompts": said, "memories": [1]}
    archive().store.put(key_of(alice.id), json.dumps(document).encode(), None)
    manage("reindex")
    assert listed(as_alice) == {"mine": "A text"}
    assert post(as_alice, f"{URL}{key}/", text="Changed").status_code == 204
    kept = profile(alice)
    assert (kept["prompts"][key]["icon"], kept["prompts"][key]["text"]) == ("star", "Changed")
    assert (kept["prompts"]["strange"], kept["memories"]) == (said["strange"], [1])


def test_of_two_under_one_command_the_later_gets_a_number(as_alice: Client, alice: User) -> None:
    said = {str(uuid4()): entry("same", NOW + timedelta(seconds=second)) for second in (2, 0, 1)}
    User.objects.filter(id=alice.id).update(prompts=said)
    assert list(listed(as_alice)) == ["same", "same-2", "same-3"]


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_lose_nothing(alice: User) -> None:
    store = archive().store

    def add(number: int) -> None:
        stale = User.objects.get(id=alice.id)
        make = partial(added, prompt=Prompt(str(uuid4()), f"prompt-{number}", "Text"), now=NOW)
        change(store, stale, "prompts", make)
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(8)))
    alice.refresh_from_db()
    assert len(prompts(alice.prompts)) == 8
    assert alice.prompts == profile(alice)["prompts"]


def test_other_pages_do_not_read_them(as_alice: Client) -> None:
    post(as_alice, command="mine", text="Private words")
    for url in ("/settings/", "/c/new/", "/c/changes/", "/search/?q=words"):
        with CaptureQueriesContext(connection) as queries:
            assert as_alice.get(url).status_code == 200
        assert not [query["sql"] for query in queries if '"prompts"' in query["sql"]], url
