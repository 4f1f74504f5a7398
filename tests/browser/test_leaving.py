"""Deleting one's account, with what one has in the hand before."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

from tests.browser.chat import Chat, expect
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.browser.test_accessibility import Look, here, nothing_wrong
from tests.conversations.kept import wait_for
from tests.site import PASSWORD

__all__ = ["here", "nothing_wrong"]


def test_one_leaves_with_everything_and_nothing_stays_in_the_browser(
    here: Chat, person: Person, guard: Guard, nothing_wrong: Look, tmp_path: Path
) -> None:
    person.say("Hello [[title: A Short Goodbye to All]]")
    here.open().message.fill("What I never sent")
    page = here.page
    page.goto(f"{here.url}/settings/")
    page.get_by_role("link", name="Delete your account").click()
    expect(page.get_by_role("heading", name="Delete your account")).to_be_visible()
    nothing_wrong()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything").click()
    download.value.save_as(tmp_path / "all.zip")
    with ZipFile(tmp_path / "all.zip") as file:
        assert file.namelist() == ["conversations/A Short Goodbye to All.json"]

    guard.expect("status of 400")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    nothing_wrong()
    assert kept(here)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    nothing_wrong()
    # The script of the page takes it away.
    wait_for(lambda: not kept(here))
    page.get_by_role("link", name="To the start page").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


def kept(here: Chat) -> list[str]:
    keys: list[str] = here.page.evaluate(
        "[...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((key) => /^(draft|queue):/.test(key))"
    )
    return keys
