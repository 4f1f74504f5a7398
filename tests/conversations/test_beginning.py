"""The page of a new chat, begun with a preset or with none."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.test_presets import PIRATE, listed, of_the_site, post
from tests.conversations.pages import Page, page_of
from tests.conversations.past import talked
from tests.conversations.test_no_script import send
from tests.site import Visitor

pytestmark = pytest.mark.django_db


def opened(client: Client, preset: object = "") -> Page:
    answer = client.get("/c/new/", {"preset": str(preset)} if preset else {})
    assert answer.status_code == 200
    return Page(answer.content.decode())


def begin_with(page: Page) -> list[tuple[str, str]]:
    return [(link.get_text(), str(link["href"])) for link in page.soup.select(".beginning")]


def starters(page: Page) -> list[str]:
    return [one.get_text().strip() for one in page.soup.select(".starter-prompt")]


def test_who_has_no_presets_sees_the_page_as_ever(as_alice: Client) -> None:
    page = opened(as_alice)
    assert begin_with(page) == []
    assert not page.soup.select("form.composer [name=preset]")
    assert not page.soup.select("[name=preset]")
    assert len(starters(page)) == 4


def test_ones_own_and_the_sites_are_offered(as_alice: Client) -> None:
    post(as_alice, **PIRATE)
    site = of_the_site()
    mine = listed(as_alice)[0]["id"]
    page = opened(as_alice)
    assert begin_with(page) == [
        ("Pirate", f"/c/new/?preset={mine}"),
        ("House style, from this site", f"/c/new/?preset={site.id}"),
    ]
    assert len(starters(page)) == 4


def test_a_chosen_one_shows_what_it_is_and_goes_with_the_first_message(as_alice: Client) -> None:
    post(as_alice, **PIRATE)
    mine = listed(as_alice)[0]["id"]
    page = opened(as_alice, mine)
    assert page.one("#greeting").get_text() == "Pirate"
    assert "does not offer google/gemma-2-9b-it" in page.one(".notice").get_text()
    assert page.one(".start-instructions").get_text().strip() == PIRATE["system_prompt"]
    assert starters(page) == PIRATE["starters"]
    assert begin_with(page)[0] == ("No preset", "/c/new/")
    assert page.one(".beginning[aria-current=true]").get_text() == "Pirate"
    assert page.one("form.composer [name=preset]")["value"] == mine
    fields = page.soup.select("form.composer [name=preset], [data-part=starter] [name=preset]")
    assert [field["value"] for field in fields] == [mine] * 3


def test_one_of_the_site_without_starters_or_model_is_chosen_too(as_alice: Client) -> None:
    site = of_the_site(settings={}, starters=[])
    page = opened(as_alice, site.id)
    assert (page.one("#greeting").get_text(), starters(page)) == ("House style", [])
    assert page.one("form.composer [name=preset]")["value"] == str(site.id)


def test_a_model_that_the_address_names_goes_with_the_first_message_whatever_that_is(as_alice: Client) -> None:
    page = Page(as_alice.get("/c/new/", {"model": "ollama/llama3"}).content.decode())
    forms = page.soup.select("form.composer, form[data-part=starter]")
    assert len(forms) == 5
    assert [form.select_one("[name=model]")["value"] for form in forms] == ["ollama/llama3"] * 5  # type: ignore[index]


@pytest.mark.parametrize("preset", ["0b5f4ae8-1f8f-4c3c-9d3c-0f1f3f9b8a11", "nonsense", "<img src=x>"])
def test_one_that_is_gone_is_said_to_be(as_alice: Client, preset: str) -> None:
    page = opened(as_alice, preset)
    assert "no such preset" in page.one(".notice").get_text()
    assert not page.soup.select("form.composer [name=preset]")
    assert len(starters(page)) == 4


def test_a_message_that_comes_back_keeps_its_preset(reader: Visitor) -> None:
    assert reader.post("/settings/presets/", PIRATE).status_code == 204
    url = next(url for name, url in begin_with(page_of(reader, "/c/new/")) if name == "Pirate")
    page = Page(send(reader, page_of(reader, url), " ").text)
    assert "Type a message first." in page.error
    assert f"preset={page.one('form.composer [name=preset]')['value']}" in url
    assert send(reader, page, "Ahoy [[say: Aye]]").status_code == 303


def test_a_conversation_that_is_there_offers_none(as_alice: Client, alice: User) -> None:
    site = of_the_site()
    row = talked(alice)
    page = Page(as_alice.get(f"/c/{row.id}/?preset={site.id}").content.decode())
    assert begin_with(page) == []
    assert not page.soup.select("form.composer [name=preset]")
