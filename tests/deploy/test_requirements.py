"""Who installs the site next year gets what was tested today."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from tests import constraints
from tests.plugin import ROOT

PYTHON = (ROOT / ".python-version").read_text(encoding="utf-8").strip()

where_it_is_written = pytest.mark.skipif(
    (platform.system(), ".".join(platform.python_version_tuple()[:2])) != ("Linux", PYTHON),
    reason="Other machines may need other packages",
)


@where_it_is_written
def test_all_that_the_requirements_bring_along_is_pinned() -> None:
    assert (ROOT / "constraints.txt").read_text(encoding="utf-8") == constraints.text()


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: path.name)
def test_each_requirement_is_pinned_and_so_is_what_it_brings(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] not in {"#", ""}]
    assert lines[0] == "-c constraints.txt"
    assert all("==" in line or line.startswith("-r ") for line in lines[1:])
