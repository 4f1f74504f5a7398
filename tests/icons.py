"""`python -m tests.icons` draws the icons of the installed app, from the mark that the pages show."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import sync_playwright

from chatsite.shell import PAGE_COLORS
from tests.browser.chromium import ARGUMENTS, EXECUTABLE
from tests.plugin import ROOT

FOLDER = ROOT / "static/icons"
PINE, WHITE = "#1b6b57", "#ffffff"


@dataclass(frozen=True)
class Icon:
    """`share`: how much of the width the mark takes; a mask may cut off all but the inner four fifths."""

    name: str
    size: int
    share: float
    ground: str = "transparent"
    mark: str = PINE
    ink: str = WHITE


ICONS = [
    Icon("icon-192", 192, 1),
    Icon("icon-512", 512, 1),
    Icon("maskable-512", 512, 0.56, PINE, WHITE, PINE),
    Icon("apple-touch-icon", 180, 0.72, PAGE_COLORS["light"]),
]
PAGE = """<style>
  body {{ display: grid; place-items: center; margin: 0; height: 100vh; background: {ground}; color: {mark}; }}
  svg {{ width: {width}px; }}
  .mark-ink {{ fill: {ink}; }}
</style>{mark_drawn}"""


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    sprite = (ROOT / "templates/icons.html").read_text(encoding="utf-8")
    found = re.search(r'<symbol id="mark"(.*?)</symbol>', sprite, re.DOTALL)
    assert found
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        for icon in ICONS:
            page = browser.new_page(viewport={"width": icon.size, "height": icon.size})
            drawn = f"<svg{found[1]}</svg>"
            page.set_content(PAGE.format(**vars(icon), width=icon.size * icon.share, mark_drawn=drawn))
            page.screenshot(path=FOLDER / f"{icon.name}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
