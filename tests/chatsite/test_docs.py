from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatsite.settings import PUBLIC_SETTINGS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])

# Read by boto3 itself, not by the settings.
READ_ELSEWHERE = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_S3"}


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]+`", "", re.sub(r"^(`{3,})[\s\S]*?^\1$", "", text, flags=re.MULTILINE))


def anchors(page: Path) -> set[str]:
    """The fragments GitHub makes of the headings."""
    text = re.sub(r"^(`{3,})[\s\S]*?^\1$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    headings = re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def settings_in_tables() -> set[str]:
    rows = re.findall(r"^\| (`[A-Z].*?) \|", (ROOT / "docs/settings.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+(?:<NAME>)?)`", row)}


def test_every_setting_the_site_reads_is_documented() -> None:
    assert PUBLIC_SETTINGS - settings_in_tables() == set()


def test_every_documented_setting_is_read() -> None:
    assert settings_in_tables() - PUBLIC_SETTINGS - READ_ELSEWHERE == set()


def test_pages_name_no_setting_that_the_table_lacks() -> None:
    used = {
        name
        for page in PAGES
        for name in re.findall(r"^(?:export )?([A-Z]{2,}_[A-Z_]+)=", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert used - settings_in_tables() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8"))):
        if re.match(r"https?://|mailto:", target):
            continue
        path, _, fragment = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if fragment:
            assert fragment in anchors(linked), f"{page.name} links to {target}"


def test_the_map_names_every_page() -> None:
    named = set(re.findall(r"\]\((\w+\.md)\)", (ROOT / "docs/index.md").read_text(encoding="utf-8")))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} == named | {"index.md"}
