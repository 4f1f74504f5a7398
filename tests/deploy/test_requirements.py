"""Who installs the site next year gets what was tested today."""

from __future__ import annotations

import platform
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

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


def test_the_oldest_python_that_is_promised_can_install_them() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # Debian 12 has 3.11.2: some packages want a later one of the same name.
    oldest = project["requires-python"].removeprefix(">=") + ".0"
    wanted = {found.name: found.metadata["Requires-Python"] for found in distributions()}
    assert {name: want for name, want in wanted.items() if want and oldest not in SpecifierSet(want)} == {}
