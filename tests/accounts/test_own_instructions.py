"""What a user tells every model, over HTTP, in the row and in the store."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from accounts.preferences import preferences
from tests.accounts.test_settings import profile, save, values_of
from tests.conversations.commands import manage
from tests.conversations.pages import Page
from tests.conversations.past import talked

pytestmark = pytest.mark.django_db
TEXTS = {"system_prompt": "Be\na pirate.", "about_me": "I live in Oslo.", "how_to_answer": "Briefly."}
MARKUP = "</textarea><img src=x onerror=alert(1)>{{ 7*7 }}"


def typed(page: Page, name: str) -> str:
    return page.one(f".instructions textarea[name={name}]").get_text().removeprefix("\n")


def test_each_is_saved_by_itself_and_shown(as_alice: Client, alice: User) -> None:
    for name, text in TEXTS.items():
        assert save(as_alice, **{name: text}).status_code == 204
    assert save(as_alice, model="google/gemma-2-9b-it").status_code == 204
    assert values_of(alice).items() >= (TEXTS | {"model": "google/gemma-2-9b-it"}).items()
    page = Page(as_alice.get("/settings/").content.decode())
    assert {name: typed(page, name) for name in TEXTS} == TEXTS
    assert save(as_alice, about_me="").status_code == 204
    assert values_of(alice)["about_me"] == ""
    assert profile(alice)["preferences"]["about_me"]["value"] == ""


def test_a_form_saves_them_together_and_no_other_setting(as_alice: Client, alice: User) -> None:
    save(as_alice, appearance="dark", model="other")
    answer = as_alice.post("/settings/", {name: text.replace("\n", "\r\n") for name, text in TEXTS.items()})
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/")
    assert values_of(alice).items() >= (TEXTS | {"appearance": "dark", "model": "other"}).items()


@pytest.mark.parametrize(
    ("name", "longest"), [("system_prompt", 20_000), ("about_me", 5_000), ("how_to_answer", 5_000), ("model", 200)]
)
def test_what_is_too_long_is_refused_and_stays_in_its_box(
    as_alice: Client, alice: User, name: str, longest: int
) -> None:
    assert save(as_alice, **{name: "x" * longest}).status_code == 204
    answer = save(as_alice, **{name: "y" * (longest + 1)})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])
    assert values_of(alice)[name] == "x" * longest
    answer = as_alice.post("/settings/", TEXTS | {name: "y" * (longest + 1)})
    assert answer.status_code == 400
    if name != "model":
        page = Page(answer.content.decode())
        assert typed(page, name) == "y" * (longest + 1)
        assert "Shorten it." in page.one(f"#id_{name}-error").get_text()


def test_with_the_store_away_what_was_typed_stays(as_alice: Client, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("in the way")
    assert save(as_alice, about_me="Typed").json()["code"] == "store"
    answer = as_alice.post("/settings/", TEXTS)
    page = Page(answer.content.decode())
    assert answer.status_code == 503
    assert typed(page, "about_me") == TEXTS["about_me"]
    assert "could not be saved" in page.one(".instructions").get_text()


def test_strange_texts_are_kept_and_never_markup(as_alice: Client, alice: User) -> None:
    assert save(as_alice, about_me=MARKUP + "\0\ud800\u202e").status_code == 204
    assert values_of(alice)["about_me"] == MARKUP + "\ufffd\ufffd\u202e"
    assert "<img src=x" not in as_alice.get("/settings/").content.decode()


def test_the_store_alone_brings_them_back(as_alice: Client, alice: User) -> None:
    talked(alice)
    save(as_alice, **TEXTS)
    number = alice.id
    alice.delete()
    assert manage("reindex").code == 0
    assert vars(preferences(User.objects.get(id=number).preferences)).items() >= TEXTS.items()


def test_nonsense_in_the_profile_counts_as_empty() -> None:
    said = {"about_me": {"value": 7}, "how_to_answer": {"value": "x" * 5001}, "system_prompt": "x", "model": None}
    known = preferences(said)
    assert (known.about_me, known.how_to_answer, known.system_prompt, known.model) == ("", "", "", "")
