"""docs/settings.md tells the defaults the code has, and docs/using.md what is on a user's own page of settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from tests.chatsite.test_settings import loaded
from tests.plugin import ROOT

PROSE: dict[str, tuple[str, object]] = {
    "LLM_SYSTEM_PROMPT": (
        "polite, concise, truthful",
        "You are a polite, concise and truthful assistant. Say so when you do not know. Format answers in Markdown.",
    ),
    "LLM_PREPROMPT": ("a conversation with a polite, concise and truthful Bot", ""),
    "LLM_BACKEND": ("`huggingface` if `HF_TOKEN`, `LLM_BASE_URL` or `LLM_ENDPOINTS` is set, else `guide`", "guide"),
    "LLM_MODELS": ("`google/gemma-2-9b-it,*` on Hugging Face, `*` elsewhere", "*"),
    "STATIC_ROOT": ("`static` in `VAR_DIR`", "var/static"),
    "LOG_FORMAT": ("`line` on a terminal and with `DEBUG`, else `json`", "json"),
    "EMAIL_FROM": ("`noreply@` and the host of `SITE_URL`", "noreply@localhost"),
    "ALLOWED_HOSTS": ("`localhost`, `127.0.0.1` and `[::1]`", "localhost 127.0.0.1 [::1]"),
}
"""What the page says in more words than one, and the default without any variable."""

READ_ELSEWHERE = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_S3"}


def rows() -> list[tuple[str, str]]:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| (`[A-Z].*?) \|(.*?)\|", text, re.MULTILINE)
    return [(name, default.strip()) for names, default in found
            for name in re.findall(r"`([A-Z][A-Z0-9_]+(?:<NAME>)?)`", names) if name not in READ_ELSEWHERE]  # fmt: skip


def as_written(default: object) -> str:
    """As the page would write it: the folder of the checkout is not named."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, float):
        return f"{default:g}"
    return "" if default is None else str(default).replace(f"{ROOT}/", "")


@pytest.fixture
def defaults(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("VAR_DIR", "")
    monkeypatch.setenv("DATABASE_URL", "")
    names = loaded(monkeypatch, {})["env"].names
    return {name: as_written(default) for name, default in names.items()}


def test_the_page_has_the_defaults_of_the_code(defaults: dict[str, str]) -> None:
    wrong = []
    for name, said in rows():
        if name in PROSE:
            expected = (said, defaults[name])
            given: tuple[str, object] = PROSE[name]
        else:
            # A code word, or a number, is the default itself; other words say what no default means.
            literal = re.match(r"`([^`]+)`|(\d+)", said)
            expected, given = (literal[1] or literal[2] if literal else "", name), (defaults[name], name)
        if expected != given:
            wrong.append((name, said, defaults[name]))
    assert wrong == []


def test_every_control_of_a_users_settings_is_named_where_the_page_is_described(as_alice: Client) -> None:
    page = BeautifulSoup(as_alice.get("/settings/").content, "html.parser").select_one("main")
    assert page
    controls = {
        tag.get_text(" ", strip=True) for tag in page.select(".setting-head > label, .setting-name, .settings-links a")
    }
    controls |= {tag.get_text(" ", strip=True) for tag in page.select("label.switch")}
    using = Path(ROOT / "docs/using.md").read_text(encoding="utf-8")
    section = using.partition("## Where are my settings?")[2].partition("\n## ")[0]
    assert len(controls) >= 12
    assert controls - set(re.findall(r"\*\*([^*]+)\*\*", section)) == set()
