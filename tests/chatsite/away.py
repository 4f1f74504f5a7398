from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def away(*paths: Path) -> Iterator[None]:
    """Something else is where a file or a folder was."""
    for path in paths:
        hidden = path.with_name(f"{path.name}.hidden")
        path.rename(hidden)
        path.touch() if hidden.is_dir() else path.mkdir()
    try:
        yield
    finally:
        for path in paths:
            path.unlink() if path.is_file() else path.rmdir()
            path.with_name(f"{path.name}.hidden").rename(path)
