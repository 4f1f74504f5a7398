"""Light and dark: as the device has it, or as the reader chose."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.people import Person
from tests.site import Site

BRIGHTNESS = """() => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = getComputedStyle(document.body.parentElement).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data.slice(0, 3).reduce((sum, value) => sum + value) / 3;
}"""


def is_dark(chat: Chat) -> bool:
    brightness: float = chat.page.evaluate(BRIGHTNESS)
    return brightness < 128


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_looks_like_the_device(chat: Chat, scheme: Literal["light", "dark"]) -> None:
    chat.page.emulate_media(color_scheme=scheme)
    assert is_dark(chat) == (scheme == "dark")


def test_the_choice_is_kept_and_comes_with_the_page(chat: Chat, person: Person) -> None:
    chat.page.get_by_text(person.username, exact=True).click()
    themes = chat.page.get_by_role("radiogroup", name="Theme")
    themes.get_by_role("radio", name="Dark").check()
    assert is_dark(chat)
    answer = chat.page.reload()
    # It is in the HTML, so that no light page flashes up before a script has run.
    assert answer
    assert '<html lang="en" data-theme="dark">' in answer.text()
    assert is_dark(chat)
    chat.page.emulate_media(color_scheme="light")
    assert is_dark(chat)
    chat.page.get_by_text(person.username, exact=True).click()
    expect(themes.get_by_role("radio", name="Dark")).to_be_checked()
    themes.get_by_role("radio", name="Light").check()
    chat.page.emulate_media(color_scheme="dark")
    assert not is_dark(chat)
    themes.get_by_role("radio", name="Like the device").check()
    assert is_dark(chat)


def test_one_can_choose_before_the_log_in(visit: Visit, site: Site) -> None:
    chat = visit()
    chat.page.goto(site.url)
    chat.page.get_by_role("radio", name="Dark").check()
    chat.page.get_by_role("link", name="Sign up").click()
    expect(chat.page.get_by_role("heading", name="Create your account")).to_be_visible()
    assert is_dark(chat)
