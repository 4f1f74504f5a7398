"""A token of one's own, and signing in with Hugging Face, as a person finds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.chromium import PHONE
from tests.browser.guard import Guard
from tests.browser.people import People, Person
from tests.browser.test_accessibility import complaints
from tests.browser.test_phone import SMALL
from tests.openid_provider import CLIENT, SECRET, Provider
from tests.site import Site, running

TOKEN = "hf_canaryCanaryCANARY"
SCREENS: dict[str, dict[str, Any]] = {"desktop": {}, "phone": PHONE}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def open_to_all(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site where people can sign in with the provider."""
    client = {"OAUTH_CLIENT_ID": CLIENT, "OAUTH_CLIENT_SECRET": SECRET, "OPENID_PROVIDER_URL": provider.url}
    with running(tmp_path_factory.mktemp("open"), **client) as site:
        yield site


@pytest.fixture(scope="module")
def members(open_to_all: Site) -> People:
    return People(open_to_all)


def go(chat: Chat, path: str) -> Chat:
    chat.page.goto(f"{chat.url}{path}")
    return chat


def press(chat: Chat, name: str) -> None:
    chat.page.get_by_role("button", name=name, exact=True).click()


def look(chat: Chat, screen: dict[str, Any]) -> None:
    chat.page.emulate_media(color_scheme="light")
    assert complaints(chat) == []
    chat.page.emulate_media(color_scheme="dark")
    assert complaints(chat, runOnly=["color-contrast"]) == []
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if screen:
        assert chat.page.evaluate(SMALL) == []


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_token_is_pasted_and_forgotten(person: Person, visit: Visit, guard: Guard, scripts: bool) -> None:
    guard.expect("status of 400")
    chat = go(visit(person, java_script_enabled=scripts), "/settings/")
    field = chat.page.get_by_label("Token")
    field.fill("sk-something-else")
    field.press("Enter")
    expect(chat.page.get_by_text("A token begins with hf_")).to_be_visible()
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    assert "sk-something-else" not in chat.page.content()
    field.fill(TOKEN)
    press(chat, "Use this token")
    expect(chat.page.get_by_text("A token is stored. It is never shown again.")).to_be_visible()
    expect(field).to_have_count(0)
    chat.reload()
    assert TOKEN not in chat.page.content()
    press(chat, "Forget the token")
    expect(chat.page.get_by_role("status").filter(has_text="The token is forgotten.")).to_be_attached()
    expect(field).to_have_value("")


@pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
def test_nothing_is_wrong_with_the_settings(person: Person, visit: Visit, guard: Guard, screen: dict[str, Any]) -> None:
    guard.expect("status of 400")
    chat = go(visit(person, **screen), "/settings/")
    look(chat, screen)
    press(chat, "Use this token")
    expect(chat.page.get_by_text("This field is required.")).to_be_visible()
    look(chat, screen)
    chat.page.get_by_label("Token").fill(TOKEN)
    press(chat, "Use this token")
    expect(chat.page.get_by_role("button", name="Forget the token")).to_be_in_viewport()
    look(chat, screen)


def test_one_button_leads_there_and_back_with_an_account(
    visit: Visit, guard: Guard, open_to_all: Site, provider: Provider
) -> None:
    guard.homes.add(provider.url)
    provider.person = {"sub": "u-2", "preferred_username": "petra"}
    chat = go(visit(at=open_to_all.url), "/c/new/")
    press(chat, "Sign in with Hugging Face")
    chat.page.wait_for_url("**/c/new/")
    chat.page.get_by_text("petra", exact=True).click()
    chat.page.get_by_role("link", name="Settings").click()
    expect(chat.page.get_by_text("You are signed in at Hugging Face as petra.")).to_be_visible()


@pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
def test_nothing_is_wrong_on_the_way(
    visit: Visit, guard: Guard, members: People, provider: Provider, screen: dict[str, Any]
) -> None:
    guard.expect("status of 401", "status of 404")
    guard.homes.add(provider.url)
    member = members.somebody()
    chat = visit(at=members.site.url, **screen)
    for page in ("login/", "signup/", "oidc/huggingface/login/", "oidc/huggingface/login/callback/?state=x"):
        look(go(chat, f"/accounts/{page}"), screen)
    provider.person = {"sub": member.username, "preferred_username": member.username}
    go(chat, "/accounts/signup/")
    press(chat, "Sign in with Hugging Face")
    expect(chat.page.get_by_role("heading", name="Choose your username")).to_be_visible()
    look(chat, screen)
    provider.allows = False
    go(chat, "/accounts/login/")
    press(chat, "Sign in with Hugging Face")
    expect(chat.page.get_by_role("heading", name="Cancelled")).to_be_visible()
    look(chat, screen)
    provider.allows = True
    chat = go(visit(member, at=members.site.url, **screen), "/settings/")
    look(chat, screen)
    press(chat, "Sign in with Hugging Face")
    expect(chat.page.get_by_text("Your Hugging Face account is connected.")).to_be_visible()
    look(chat, screen)
    chat.page.get_by_role("link", name="Hugging Face account").click()
    look(chat, screen)
    press(chat, "Disconnect")
    expect(chat.page.get_by_text("None is connected.")).to_be_visible()
    look(chat, screen)
