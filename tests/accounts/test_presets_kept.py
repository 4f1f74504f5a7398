"""Where a user's presets are kept, and what becomes of them there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from conversations.presets import Preset, presets_of
from conversations.profile import key_of
from conversations.transcripts import archive
from conversations.tuning import NAMES
from tests.accounts.test_presets import PIRATE, URL, form_fields, known, listed, names, post, url_of
from tests.accounts.test_settings import profile
from tests.conversations.commands import manage
from tests.conversations.pages import Page
from tests.conversations.past import talked

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_with_the_store_away_nothing_changes_and_it_says_so(as_alice: Client, tmp_path: Path) -> None:
    post(as_alice, **PIRATE)
    url = url_of(as_alice, "Pirate")
    (tmp_path / "store").rename(tmp_path / "away")
    (tmp_path / "store").write_text("in the way")
    for path in (URL, url, f"{url}delete/", f"{url}copy/"):
        answer = post(as_alice, path, name="b")
        assert (answer.status_code, answer.json()["code"]) == (503, "store")
    answer = as_alice.post(URL, {"name": "b", "system_prompt": "Typed"})
    assert answer.status_code == 503
    assert "could not be saved" in answer.content.decode()
    assert form_fields(Page(answer.content.decode()), ".prompt-form")["system_prompt"] == ["Typed"]
    assert known(as_alice, "Pirate") == PIRATE | {"own": True}


def test_the_store_alone_brings_them_back_and_the_deleted_ones_not(as_alice: Client, alice: User) -> None:
    talked(alice)
    post(as_alice, **PIRATE)
    post(as_alice, name="Gone")
    alice.refresh_from_db()
    copy = alice.presets
    post(as_alice, f"{url_of(as_alice, 'Gone')}delete/")
    User.objects.filter(id=alice.id).update(presets=copy)
    assert manage("reindex").code == 0
    assert names(as_alice) == ["Pirate"]
    number, before = alice.id, profile(alice)
    alice.delete()
    assert manage("reindex").code == 0
    again = User.objects.get(id=number)
    assert [one.fields() for one in presets_of(again)] == [PIRATE]
    assert profile(again) == before


def test_what_another_writer_says_besides_is_kept_and_nonsense_counts_as_empty(as_alice: Client, alice: User) -> None:
    key = str(uuid4())
    settings = {"model": 7, "temperature": "hot", "top_p": 0.5, "seed": 9, "new": "later"}
    said = {"name": "Odd", "settings": settings, "starters": [1, "", "x" * 2001, "Fine"], "icon": "star"}
    said |= {"examples": ["a", {"user": "b"}, {"user": "c", "assistant": "d"}], "changed_at": NOW.isoformat()}
    nothings = {str(uuid4()): other for other in ({"name": 7}, {"name": "  "}, {}, 7, {"name": "x" * 81})}
    document = {"schema": 1, "id": str(alice.id), "presets": {key: said, **nothings}}
    archive().store.put(key_of(alice.id), json.dumps(document).encode(), None)
    manage("reindex")
    [odd] = listed(as_alice)
    assert {name: value for name, value in odd.items() if value not in (None, "")} == {
        "id": key,
        "name": "Odd",
        "top_p": 0.5,
        "seed": 9,
        "starters": ["Fine"],
        "examples": [{"user": "c", "assistant": "d"}],
        "own": True,
    }
    assert post(as_alice, f"{URL}{key}/", top_p=0.6).status_code == 204
    kept = profile(alice)["presets"][key]
    assert (kept["icon"], kept["settings"]["new"], kept["settings"]["top_p"]) == ("star", "later", 0.6)


def test_a_conversation_gets_its_settings() -> None:
    one = Preset.of_fields(str(uuid4()), PIRATE)
    assert one.settings() == {
        **{name: PIRATE[name] for name in NAMES},
        "model": "google/gemma-2-9b-it",
        "preset": "Pirate",
        "examples": PIRATE["examples"],
    }
    empty = Preset(str(uuid4()), "Empty").settings()
    assert empty == {"model": None, **dict.fromkeys(NAMES), "preset": "Empty", "examples": []}


def test_pages_that_offer_none_do_not_read_them(as_alice: Client, alice: User) -> None:
    post(as_alice, **PIRATE)
    for url in ("/settings/", f"/c/{talked(alice).id}/", "/c/changes/", "/search/?q=words"):
        with CaptureQueriesContext(connection) as queries:
            assert as_alice.get(url).status_code == 200
        assert not [query["sql"] for query in queries if "preset" in query["sql"]], url
