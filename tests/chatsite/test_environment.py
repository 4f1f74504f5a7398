from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatsite.environment import Environment, lasting_secret, read
from tests.deploy.checkout import obedient
from tests.plugin import ROOT


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a file of settings may be, of a process with two variables."""
    monkeypatch.setattr(os, "environ", {"FROM_BOTH": "process", "EMPTY_HERE": ""})
    return tmp_path / ".env"


def test_a_file_completes_the_environment_which_wins(dotenv: Path) -> None:
    assert read(dotenv).text("FROM_BOTH") == "process"
    dotenv.write_text("FROM_BOTH=file\nFROM_FILE=file\nEMPTY_HERE=file\n", encoding="utf-8")
    found = read(dotenv)
    assert [found.text(name, "default") for name in ("FROM_BOTH", "FROM_FILE", "EMPTY_HERE")] == [
        "process",
        "file",
        "default",
    ]
    assert os.environ["FROM_FILE"] == "file"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=two words", "two words"),
        ("  export NAME = spaced  ", "spaced"),
        ("NAME=pass#word=1  # said why", "pass#word=1"),
        ('NAME="a # b"  # said why', "a # b"),
        ("NAME='\"quoted\"'", '"quoted"'),
        ("NAME=it's", "it's"),
        ("NAME=", "unset"),
        ("NAME=  # nothing yet", "unset"),
        ("# NAME=comment", "unset"),
        ("\ufeffNAME=Zoë", "Zoë"),
    ],
)
def test_a_line_of_the_file_means_what_it_says(dotenv: Path, line: str, value: str) -> None:
    dotenv.write_text(f"{line}\n\nLAST=1", encoding="utf-8")
    found = read(dotenv)
    assert (found.text("NAME", "unset"), found.text("LAST")) == (value, "1")


@pytest.mark.parametrize("line", [b"NAME", b"NAME: x", b'NAME="open', b"NAME=#hidden", b"TWO NAMES=x", b"\xff\xfe"])
def test_a_line_that_says_nothing_stops_the_start_and_is_not_repeated(dotenv: Path, line: bytes) -> None:
    dotenv.write_bytes(b"FIRST=1\n" + line)
    with pytest.raises(SystemExit, match=r"^\.env: (line 2 is not NAME=value|.* cannot be read)") as stopped:
        read(dotenv)
    assert "hidden" not in str(stopped.value)


def test_lists_take_commas_and_spaces() -> None:
    assert Environment({"LIST": " a, b  c,,"}).words("LIST") == ["a", "b", "c"]
    assert Environment({"LIST": " , "}).words("LIST", "usual, ones") == ["usual", "ones"]
    servers = Environment({"LIST": "a=http://x/v1,b=http://y/v1"}).servers("LIST", "KEY_")
    assert [server.base_url for server in servers] == ["http://x/v1", "http://y/v1"]


def test_a_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret_key"
    first = lasting_secret(path)
    assert len(first) >= 50
    assert lasting_secret(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret_key"]
    assert lasting_secret(tmp_path / "other") != first


def test_a_file_of_another_account_is_told_with_what_to_do(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("SITE_NAME=Chat", encoding="utf-8")
    dotenv.chmod(0)
    reading = f"from pathlib import Path; from chatsite.environment import read; read(Path({str(dotenv)!r}))"
    ran = subprocess.run(
        [*obedient(), sys.executable, "-c", reading], cwd=ROOT, capture_output=True, text=True, check=False
    )
    told = f".env: {dotenv} cannot be read: give it to the account that runs Chatsite (chown)\n"
    assert (ran.returncode, ran.stderr) == (1, told)
