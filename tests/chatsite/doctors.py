"""`manage.py doctor` under many environments, in processes forked from one: to start Python and Django for each of them
would take most of the time.

    echo '[[{"VAR_DIR": "…"}, ["--json"]], …]' | python -m tests.chatsite.doctors
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from tests.plugin import ROOT, blank

AT_ONCE = 2
HEAVY = ("conversations.stores.s3", "django.contrib.admin", "llm.backends.huggingface.listing")
"""What costs time to import, and knows no settings yet."""


@dataclass
class Told:
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def wrong(self) -> list[dict[str, str]]:
        return [one for one in self.document["findings"] if one["verdict"] == "wrong"]

    @property
    def verdicts(self) -> dict[str, str]:
        """The worst by what it is about."""
        order = ("ok", "note", "wrong")
        found = sorted(self.document["findings"], key=lambda one: order.index(one["verdict"]))
        return {one["about"]: one["verdict"] for one in found}

    @property
    def tried(self) -> dict[str, tuple[str, str]]:
        return {step["name"]: (step["outcome"], step["says"]) for step in self.document["tried"]}


def doctor(*arguments: str, **variables: str) -> Told:
    """As the operator runs it."""
    ran = subprocess.run(
        [sys.executable, "manage.py", "doctor", *arguments],
        cwd=ROOT, env=blank() | variables, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    return Told(ran.returncode, ran.stdout, ran.stderr)


def doctors(environments: Sequence[Mapping[str, str]], *arguments: str) -> list[Told]:
    asked = json.dumps([[blank() | dict(one), arguments] for one in environments])
    ran = subprocess.run(
        [sys.executable, "-m", "tests.chatsite.doctors"],
        cwd=ROOT, input=asked, env=blank(), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return [Told(*one) for one in json.loads(ran.stdout)]


def main() -> None:
    for module in HEAVY:
        import_module(module)
    waiting = json.load(sys.stdin)
    answers: list[tuple[int, str, str]] = []
    while waiting:
        some = [Child(*one) for one in waiting[:AT_ONCE]]
        answers += [child.answer() for child in some]
        del waiting[:AT_ONCE]
    sys.stdout.write(json.dumps(answers))


class Child:
    def __init__(self, environment: dict[str, str], arguments: list[str]) -> None:
        self.streams = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        self.pid = os.fork()
        if not self.pid:
            for number, stream in enumerate(self.streams, 1):
                os.dup2(stream.fileno(), number)
            run(environment, arguments)

    def answer(self) -> tuple[int, str, str]:
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        for stream in self.streams:
            stream.seek(0)
        out, err = (stream.read().decode() for stream in self.streams)
        return code, out, err


def run(environment: dict[str, str], arguments: list[str]) -> None:
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    os.environ.clear()
    os.environ.update(environment, DJANGO_SETTINGS_MODULE="chatsite.settings")
    code = 0
    try:
        execute_from_command_line(["manage.py", "doctor", *arguments])
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 1
        if not isinstance(left.code, int):
            sys.stderr.write(f"{left.code}\n")
    except BaseException as error:  # noqa: BLE001
        sys.stderr.write(repr(error))
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
