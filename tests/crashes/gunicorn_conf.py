"""How a site that is to be killed is served: as in production, with points at which a worker can be made to die.

Without CRASH_POINTS there are none: it is killed from outside only, and tells how late it is woken.
"""

import os
import runpy
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
production = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
globals().update({name: value for name, value in production.items() if not name.startswith("_")})


def post_worker_init(worker: Any) -> None:
    sys.path.insert(0, str(ROOT))
    from tests.crashes.faults import Faults  # noqa: PLC0415
    from tests.crashes.lateness import tell  # noqa: PLC0415

    folder = Path(os.environ["CRASH_FOLDER"])
    tell(folder)
    if os.environ["CRASH_POINTS"]:
        Faults(folder).put_in_place()
    production["post_worker_init"](worker)
