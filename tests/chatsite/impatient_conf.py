"""How a site is served that waits a second for slow senders."""

import runpy
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
production = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
globals().update({name: value for name, value in production.items() if not name.startswith("_")})


def post_worker_init(worker: Any) -> None:
    from chatsite import connection, limits  # noqa: PLC0415

    connection.SECONDS = limits.SECONDS = 1
    production["post_worker_init"](worker)
