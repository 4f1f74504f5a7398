"""What SECURITY.md says is held by a test is held by one that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.plugin import ROOT

PAGE = Path(ROOT, "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
CASES = {
    "by its id", "streams", "in a reply", "in a title", "in a model's name", "an error", "remote images", "redirect",
    "IPv4 in IPv6", "active file types", "mass sign-up", "another client", "CSRF", "planted", "first", "paths",
    "nested", "slow on purpose", "log", "secrets",
}  # fmt: skip


def test_every_test_it_names_exists() -> None:
    assert len(NAMED) > 50
    assert [f"{path}::{name}" for path, name in NAMED if name not in names_in(path)] == []


def names_in(path: str) -> set[str]:
    tree = ast.parse(Path(ROOT, path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_case_names_a_test() -> None:
    table = PAGE.partition("## Which test holds which case")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| ")][1:]
    cases = [
        case for case, held in rows if not re.search(r"`tests/[^`]+`", held) and "**" not in case and "--" not in case
    ]
    assert cases == []
    assert {case for case in CASES if case not in table} == set()
