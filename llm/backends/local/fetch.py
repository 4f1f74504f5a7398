"""Where a model's files are: a folder on this machine, or one made of what the hub has."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from llm import errors

_PATH = re.compile(r"[/~.]|\w:[\\/]|.*\\")
_ID = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
_NEEDED = ["*.json", "*.jinja", "*.txt", "*.model", "*.tiktoken"]
_FORMATS = ("*.safetensors", "*.bin")
_SURPLUS = ["*/*", "consolidated*", "training_args.bin"]

Progress = Callable[[int, int], None]
"""Is told the bytes that are here and those there will be."""


def folder_of(model: str) -> Path | None:
    """None for an id of the hub. Raises `NotFound` for a path where there is no model."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise errors.NotFound(f"the folder {model} holds no model: it has no config.json")
        return folder
    if _PATH.match(model) or not _ID.fullmatch(model):
        raise errors.NotFound(f"there is no folder {model}")
    return None


def download(model: str, token: str | None, progress: Progress) -> Path:
    """The folder in the hub's cache, completed where the network can be reached. Raises `LLMError`."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, LocalEntryNotFoundError, RepositoryNotFoundError

    from llm.backends.huggingface import failures

    try:
        for weights in _FORMATS:
            folder = Path(
                snapshot_download(
                    model,
                    allow_patterns=[*_NEEDED, weights],
                    ignore_patterns=_SURPLUS,
                    token=token or False,
                    tqdm_class=_meter(progress),
                )
            )
            if any(folder.glob(weights)):
                return folder
    except GatedRepoError:
        raise errors.Forbidden(f"{model} wants its terms accepted at the hub, by the owner of HF_TOKEN") from None
    except RepositoryNotFoundError:
        raise errors.NotFound(f"{model} is not on the hub, or not for this HF_TOKEN") from None
    except LocalEntryNotFoundError:
        raise errors.Unreachable(f"{model} is not on this machine, and the hub cannot be reached") from None
    except Exception as error:  # noqa: BLE001
        failure = failures.of(error) or errors.Unavailable(f"{type(error).__name__}: {error}")
        raise failures.scrubbed(failure, token) from None
    raise errors.NotFound(f"{model} has no weights that can be loaded")


def _meter(progress: Progress) -> Any:
    from tqdm.auto import tqdm

    counting = threading.Lock()

    class Meter(tqdm):  # type: ignore[misc]
        """Shows nothing; of the bars the hub wants, the one for the bytes on the disk is passed on."""

        def __init__(self, *args: Any, **options: Any) -> None:
            self._counts = str(options.get("desc", "")).startswith("Reconstructing")
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            if self._counts:
                with counting:
                    self.n += n or 0
                progress(int(self.n), int(self.total or 0))

    return Meter
