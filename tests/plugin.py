"""Loaded before Django's settings: the tests know neither the developer's environment nor their data."""

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNFIT = 9
"""The exit code of a run that has failed, whatever its tests say."""
folder = tempfile.mkdtemp(prefix="chatsite-tests-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)
# What the processes of one run share.
common = Path(os.environ.setdefault("TESTS_COMMON", folder))
# Where static files are collected; the middleware that serves them wants it to exist.
(Path(folder) / "static").mkdir()


def blank() -> dict[str, str]:
    """The environment with every setting unset, whatever a file `.env` says: what is empty wins over it."""
    sources = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "chatsite").glob("*.py"))
    named = re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', sources)
    # Without its bytecode each of the many processes would compile the site, and each worker all the tests.
    strange = ("AWS_", "HF_", "DYNO", "PYTHONDONTWRITEBYTECODE")
    ours = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    return ours | dict.fromkeys(named, "")


clean = blank() | {
    "DJANGO_SETTINGS_MODULE": "chatsite.settings",
    "SECRET_KEY": "only-for-tests",
    "ENCRYPTION_KEY": "only-for-tests",
    "VAR_DIR": folder,
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""),
}
os.environ.clear()
os.environ.update(clean)
