"""What `make test` makes of tests that fail."""

import sys
from pathlib import Path

import pytest

from tests import run
from tests.plugin import UNFIT

PYTEST = [sys.executable, "-m", "pytest", "-q"]
PASSES_ONCE_MORE = """
from pathlib import Path
def test_it():
    here = Path(__file__).with_suffix(".seen")
    assert here.exists() or here.write_text("")
"""


@pytest.fixture(autouse=True)
def _beginning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "said", [])
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def test_who_fails_once_is_named_as_unsteady(tmp_path: Path) -> None:
    (tmp_path / "test_sometimes.py").write_text(PASSES_ONCE_MORE)
    assert run.passes(*PYTEST)
    assert "test_sometimes.py::test_it" in run.said[0]
    assert run.said[1].startswith("UNSTEADY")


def test_who_fails_twice_has_failed(tmp_path: Path) -> None:
    (tmp_path / "test_never.py").write_text("def test_it():\n    assert not 'a reason'\n")
    assert not run.passes(*PYTEST)
    assert run.said[1] == "It failed again:"
    assert "a reason" in run.said[2]


def test_elsewhere_it_has_failed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI")
    (tmp_path / "test_sometimes.py").write_text(PASSES_ONCE_MORE)
    assert not run.passes(*PYTEST)


def test_a_run_that_has_failed_whatever_its_tests_say_is_not_tried_again(tmp_path: Path) -> None:
    (tmp_path / "test_sometimes.py").write_text(PASSES_ONCE_MORE)
    (tmp_path / "conftest.py").write_text(
        f"def pytest_sessionfinish(session):\n    session.exitstatus = {UNFIT}\n",
    )
    assert not run.passes(*PYTEST)
    assert len(run.said) == 1
