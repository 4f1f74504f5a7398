"""Each key is seen at its own server only, in all that the tests and their sites send: a run where one went elsewhere
has failed, whatever the tests say."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from types import FrameType
from typing import Any

import pytest

from llm import config
from tests import outgoing
from tests.plugin import ROOT, UNFIT, common

RECORD = common / "outgoing.jsonl"
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


def requests() -> list[dict[str, Any]]:
    """What has been sent so far."""
    lines = RECORD.read_text(encoding="utf-8").splitlines() if RECORD.exists() else []
    return [json.loads(line) for line in lines]


def strays(sent: list[dict[str, Any]]) -> list[str]:
    """Keys that were seen elsewhere, and requests to other machines."""
    found = [f"{', '.join(one['elsewhere'])} at {one['to']}: {one['request']}, sent by {one['from']}"
             for one in sent if one["elsewhere"]]  # fmt: skip
    return found + [f"{one['to']} is another machine: {one['request']}, sent by {one['from']}"
                    for one in sent if not one["to"].startswith(LOOPBACK)]  # fmt: skip


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput") and strays(requests()):
        session.exitstatus = UNFIT


def pytest_terminal_summary(terminalreporter: Any) -> None:
    sent = requests()
    wrong = strays(sent)
    if wrong:
        terminalreporter.section("Keys that went astray", red=True)
        terminalreporter.write_line("\n".join(sorted(set(wrong))))
    elif sent:
        keys = {name for one in sent for name, _ in one["keys"]}
        carried = sum(bool(one["keys"]) for one in sent)
        terminalreporter.write_line(
            f"{len(sent)} requests went out, {carried} of them with one of {len(keys)} keys: each to its own server."
        )


def _declared(made: config.Config) -> None:
    """A test says in a Config which key is whose. One that the product makes of it says nothing: it may be wrong."""
    if not _maker(sys._getframe(2)).startswith("tests."):
        return
    outgoing.takes_tokens(made.router)
    outgoing.belongs(made.api_key, made.base_url, "api_key")
    for server in made.servers:
        outgoing.belongs(server.api_key, server.base_url, f"the key of {server.name}")


def _maker(frame: FrameType | None) -> str:
    while frame and frame.f_globals["__name__"] == dataclasses.__name__:
        frame = frame.f_back
    return str(frame.f_globals["__name__"]) if frame else ""


def _watch_configs() -> None:
    make = config.Config.__init__

    def init(self: config.Config, *args: Any, **given: Any) -> None:
        make(self, *args, **given)
        _declared(self)

    config.Config.__init__ = init  # type: ignore[method-assign]


os.environ["PYTHONPATH"] = str(ROOT / "tests/hook")
outgoing.record()
_watch_configs()
