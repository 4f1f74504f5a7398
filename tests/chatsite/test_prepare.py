"""What `chatsite.prepare` leaves behind, and what it says where it cannot."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin import ROOT, blank


def prepared(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chatsite.prepare"],
        cwd=ROOT, env=blank() | variables, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_database_is_for_its_owner_only(tmp_path: Path) -> None:
    assert prepared(VAR_DIR=str(tmp_path)).returncode == 0
    assert (tmp_path / "db.sqlite3").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "url", ["sqlite:///{folder}/text", "postgres://me@127.0.0.1:9/chat", "postgres://me@127.0.0.1:9/chat?sslmod=no"]
)
def test_a_database_that_cannot_be_opened_is_told_in_a_line(tmp_path: Path, url: str) -> None:
    (tmp_path / "text").write_text("no database " * 100, encoding="utf-8")
    said = prepared(VAR_DIR=str(tmp_path), DATABASE_URL=url.format(folder=tmp_path))
    assert said.returncode == 1
    assert said.stderr.startswith("DATABASE_URL: the database cannot be opened: ")
    assert len(said.stderr.splitlines()) == 1


@pytest.mark.parametrize(("command", "code"), [("check_store", 2), ("createsuperuser", 1)])
def test_a_command_without_its_database_says_so_in_a_line(tmp_path: Path, command: str, code: int) -> None:
    environment = blank() | {"VAR_DIR": str(tmp_path), "DATABASE_URL": "postgres://me@127.0.0.1:9/chat"}
    ran = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == code
    assert "the database cannot be used: connection" in ran.stderr.lower().replace("\n", " ")
    assert len(ran.stderr.splitlines()) == 1


def test_cleaning_up_takes_only_what_can_be_made_again(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for folder in (".venv", "var/static", "var/store"):
        (tmp_path / folder).mkdir(parents=True)
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert {path.name for path in tmp_path.rglob("*")} == {"Makefile", "var", "store"}


def test_static_files_of_an_image_have_to_be_there(tmp_path: Path) -> None:
    said = prepared(VAR_DIR=str(tmp_path / "var"), STATIC_ROOT=str(tmp_path / "static"))
    assert said.returncode == 1
    assert said.stderr.startswith(f"STATIC_ROOT: no static files in {tmp_path}/static: run ")
