"""A Dockerfile carried out without a container: its commands run as they stand, in a folder in the place of `/`."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from tests.deploy import checkout
from tests.plugin import ROOT

OURS = re.compile(r"(?<![\w/.])/(site|venv|data)\b")
"""The folders that are made in an image; all others are those of this machine."""


class Step(NamedTuple):
    word: str
    rest: str


def steps(dockerfile: Path) -> list[Step]:
    text = re.sub(r"^#.*\n", "", dockerfile.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [Step(*line.split(maxsplit=1)) for line in lines if line.strip()]


class Image:
    """What came of a Dockerfile, under `root`."""

    def __init__(self, dockerfile: Path, root: Path, **arguments: str) -> None:
        self.root = root
        self.arguments = arguments
        self.environment: dict[str, str] = {}
        self.command: list[str] = []
        self.health: list[str] = []
        self.user = ""
        self.folder = root
        (root / "venv").symlink_to(sys.prefix)
        for step in steps(dockerfile):
            getattr(self, f"_{step.word.lower()}")(step.rest)

    def here(self, text: str) -> str:
        return OURS.sub(lambda found: f"{self.root}/{found[1]}", text)

    def _from(self, rest: str) -> None:
        version = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
        assert rest.startswith(f"python:{version}"), "The image and Heroku have the same Python, that of the tests"
        self.environment = {"PATH": os.environ["PATH"]}
        self.folder = self.root

    def _arg(self, rest: str) -> None:
        name, _, default = rest.partition("=")
        self.arguments.setdefault(name, default)

    def _workdir(self, rest: str) -> None:
        self.folder = Path(self.here(rest))
        self.folder.mkdir(exist_ok=True)

    def _copy(self, rest: str) -> None:
        if rest == ". .":
            checkout.copied(self.folder, ROOT / ".dockerignore")
        elif not rest.startswith("--from=build"):
            *names, _ = rest.split()
            for name in names:
                shutil.copy(ROOT / name, self.folder)

    def _run(self, rest: str) -> None:
        # The environment that is there stands for the one that would be made here.
        if "pip install" not in rest:
            environment = self.environment | self.arguments
            subprocess.run(["sh", "-c", self.here(rest)], cwd=self.folder, env=environment, check=True)

    def _env(self, rest: str) -> None:
        for assignment in shlex.split(self.here(rest)):
            name, _, value = assignment.partition("=")
            self.environment[name] = value.replace("$PATH", self.environment["PATH"])

    def _user(self, rest: str) -> None:
        self.user = rest

    def _volume(self, rest: str) -> None:
        assert Path(self.here(rest)).is_dir()

    def _expose(self, rest: str) -> None:
        assert rest == self.environment["PORT"]

    def _healthcheck(self, rest: str) -> None:
        self.health = json.loads(rest.partition("CMD ")[2])

    def _cmd(self, rest: str) -> None:
        self.command = json.loads(self.here(rest))

    @cached_property
    def as_user(self) -> list[str]:
        """What to put before a command to run it as the image does. Where that user cannot even start the
        interpreter, as in somebody's home directory, root without its privileges stands for them."""
        if os.geteuid() != 0:
            return []
        other = ["setpriv", "--reuid", self.user, "--regid", self.user, "--clear-groups", "--"]
        start = ["sh", "-c", f"{sys.executable} -S -c ''"]
        able = subprocess.run([*other, *start], check=False, stderr=subprocess.DEVNULL)
        if able.returncode == 0:
            return other
        os.chown(self.root / "data", 0, 0)
        return checkout.obedient()

    def start(self, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.as_user, *self.command], cwd=self.folder, env=self.environment | environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def healthy(self, **environment: str) -> bool:
        probe = subprocess.run(
            [*self.as_user, *self.health], cwd=self.folder, env=self.environment | environment, check=False,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return probe.returncode == 0
