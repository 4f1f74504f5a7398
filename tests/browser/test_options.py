"""Renaming and deleting, with a mouse and with keys alone."""

from __future__ import annotations

import pytest

from tests.browser.chat import Chat, expect
from tests.browser.guard import Guard
from tests.conversations.asked import request_for
from tests.model_server import ModelServer

TITLE = "Baking Bread on Short Notice"


@pytest.fixture
def talk(chat: Chat) -> Chat:
    chat.ask(f"Bread? [[title: {TITLE}]]")
    expect(chat.row(TITLE)).to_be_visible()
    return chat


def test_a_conversation_is_renamed(talk: Chat) -> None:
    talk.options(TITLE).get_by_role("menuitem", name="Rename").click()
    dialog = talk.page.get_by_role("dialog", name="Rename conversation")
    field = dialog.get_by_label("Title")
    expect(field).to_have_value(TITLE)
    expect(field).to_be_focused()
    field.press_sequentially("Bread")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    for _ in "ab":
        expect(talk.row("Bread")).to_be_visible()
        expect(talk.row(TITLE)).to_have_count(0)
        expect(talk.heading).to_have_text("Bread")
        expect(talk.page).to_have_title("Bread · Chatsite")
        talk.reload()
    talk.ask("And rolls? [[title: Another Title Nobody Asked For]]")
    talk.reload()
    expect(talk.heading).to_have_text("Bread")


def test_a_conversation_is_exported(talk: Chat) -> None:
    talk.options(TITLE).get_by_role("menuitem", name="Export").click()
    dialog = talk.page.get_by_role("dialog", name="Export conversation")
    expect(dialog).to_contain_text(TITLE)
    for name, end in (("Markdown", "md"), ("Plain text", "txt"), ("JSON", "json")):
        with talk.page.expect_download() as download:
            dialog.get_by_role("link", name=name).click()
        assert download.value.suggested_filename == f"{TITLE}.{end}"
        assert "Bread?" in download.value.path().read_text()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_renaming_can_be_left(talk: Chat) -> None:
    dialog = talk.page.get_by_role("dialog", name="Rename conversation")
    for how in ("Cancel", "Escape", "beside it"):
        talk.options(TITLE).get_by_role("menuitem", name="Rename").click()
        dialog.get_by_label("Title").fill("Something else")
        if how == "Cancel":
            dialog.get_by_role("button", name=how).click()
        elif how == "Escape":
            dialog.get_by_label("Title").press(how)
        else:
            talk.page.mouse.click(640, 40)
        expect(dialog).to_be_hidden()
        expect(talk.row(TITLE)).to_be_visible()
    talk.reload()
    expect(talk.heading).to_have_text(TITLE)


def test_a_title_cannot_be_blank(talk: Chat, guard: Guard) -> None:
    guard.expect("status of 400")
    talk.options(TITLE).get_by_role("menuitem", name="Rename").click()
    dialog = talk.page.get_by_role("dialog", name="Rename conversation")
    dialog.get_by_label("Title").fill("   ")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("A title needs at least one character.")
    expect(talk.row(TITLE)).to_have_count(1)
    dialog.get_by_label("Title").fill("Bread")
    dialog.get_by_label("Title").press("Enter")
    expect(talk.row("Bread")).to_be_visible()


def test_the_open_conversation_is_deleted(talk: Chat) -> None:
    address = talk.page.url
    talk.options(TITLE).get_by_role("menuitem", name="Delete").click()
    expect(talk.page).to_have_url(f"{talk.url}/c/new/")
    expect(talk.rows).to_have_count(0)
    assert talk.page.request.get(address).status == 404


def test_another_conversation_is_deleted_from_where_one_is(talk: Chat) -> None:
    talk.open().ask("Cake? [[title: Baking a Cake That Rises]]")
    address = talk.page.url
    talk.options(TITLE).get_by_role("menuitem", name="Delete").click()
    expect(talk.row(TITLE)).to_have_count(0)
    expect(talk.page).to_have_url(address)
    expect(talk.row("Baking a Cake That Rises")).to_be_focused()


def test_deleting_a_conversation_that_is_still_answering_ends_it(talk: Chat, model_server: ModelServer) -> None:
    text = "Slowly [[hold 3]] [[say: one two three four five six seven eight nine ten eleven twelve]]"
    talk.say(text)
    expect(talk.replies.last).to_contain_text("three")
    talk.options(TITLE).get_by_role("menuitem", name="Delete").click()
    expect(talk.page).to_have_url(f"{talk.url}/c/new/")
    expect(talk.rows).to_have_count(0)
    assert request_for(model_server, text).gone.wait(30)


def test_everything_can_be_done_with_keys(talk: Chat) -> None:
    button = talk.navigation.get_by_role("button", name=f"Conversation options: {TITLE}")
    press = talk.page.keyboard.press
    talk.row(TITLE).focus()
    press("Tab")
    expect(button).to_be_focused()
    press("Enter")
    items = {
        name: talk.menu.get_by_role("menuitem", name=name, exact=True)
        for name in ("Rename", "New title", "Pin", "Tags…", "Export", "Share", "Archive", "Clear", "Delete")
    }
    rename, delete = items["Rename"], items["Delete"]
    expect(rename).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")
    for key, item in [
        *(("ArrowDown", item) for item in list(items.values())[1:]),
        ("ArrowDown", rename),
        ("ArrowUp", delete),
        ("Home", rename),
        ("End", delete),
    ]:
        press(key)
        expect(item).to_be_focused()
    press("Escape")
    expect(talk.menu).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")

    press("Space")
    expect(rename).to_be_focused()
    press("Enter")
    talk.page.keyboard.type("Bread")
    press("Enter")
    expect(talk.row("Bread")).to_be_visible()
    button = talk.navigation.get_by_role("button", name="Conversation options: Bread")
    expect(button).to_be_focused()

    press("Enter")
    press("ArrowUp")
    press("Enter")
    expect(talk.page).to_have_url(f"{talk.url}/c/new/")
