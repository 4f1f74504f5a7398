"""How a site far away from its store is served: as in production, with STORE_DELAY on every request to the store."""

import os
import runpy
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DELAY = float(os.environ.get("STORE_DELAY", "0.05"))
production = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
globals().update({name: value for name, value in production.items() if not name.startswith("_")})


def post_worker_init(worker: Any) -> None:
    from conversations.transcripts import archive  # noqa: PLC0415

    store: Any = type(archive().store)
    for name in ("get", "put", "delete", "keys", "age"):
        setattr(store, name, _slow(getattr(store, name)))
    production["post_worker_init"](worker)


def _slow(act: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(act)
    def slow(*args: Any, **kwargs: Any) -> Any:
        time.sleep(DELAY)
        return act(*args, **kwargs)

    return slow
