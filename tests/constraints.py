"""What the requirements bring along, each at the version installed here; `make constraints` keeps it."""

from __future__ import annotations

import re
from importlib.metadata import distributions

from tests.plugin import ROOT

HEAD = "# What the requirements bring along. After a change to them: make constraints\n"

NOT_OURS = {"pip", "wheel"}
"""What a virtual environment has by itself."""


def text() -> str:
    """The whole file; what the requirements name is not in it, their versions stand there."""
    named = {
        canonical(name)
        for path in ROOT.glob("requirements*.txt")
        for name in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    installed = {canonical(found.name): found.version for found in distributions()}
    brought = sorted(name for name in installed if name not in named | NOT_OURS)
    return HEAD + "".join(f"{name}=={installed[name]}\n" for name in brought)


def canonical(name: str) -> str:
    """As PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    print(text(), end="")  # noqa: T201
