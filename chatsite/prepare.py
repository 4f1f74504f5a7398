"""`python -m chatsite.prepare`: the database and the static files as this version of the code needs them."""

from __future__ import annotations

import errno
import os
from contextlib import nullcontext, suppress
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError, OperationalError

from chatsite.environment import refuse
from conversations.locks import locked


def prepare() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    django.setup()
    # An image brings its static files along, and may stand on a disk that nobody can write to.
    collect = settings.STATIC_ROOT.is_relative_to(settings.VAR_DIR)
    if collect or connection.vendor == "sqlite" or settings.CONVERSATION_STORE.startswith("file:"):
        make_room()
    if connection.vendor == "sqlite":
        make_private(Path(settings.DATABASE["NAME"]))
    migrate()
    if collect and not settings.DEBUG and stale(settings.STATIC_ROOT / "staticfiles.json"):
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    check_static_files()


def make_room() -> None:
    try:
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        if not os.access(settings.VAR_DIR, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        refuse("VAR_DIR", f"{settings.VAR_DIR} cannot be used as a folder: {error.strerror}")


def make_private(database: Path) -> None:
    """A new file is for this account only: it holds every word too, for the search."""
    with suppress(OSError):
        database.touch(mode=0o600)
    if database.exists() and not os.access(database, os.R_OK | os.W_OK):
        refuse("DATABASE_URL", f"{database} cannot be written: give it to the account that runs Chatsite (chown)")


def migrate() -> None:
    # A pool would try again for a while, and say only that it has given up.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        refuse("DATABASE_URL", f"the database cannot be opened: {str(error).splitlines()[0]}")
    try:
        if unmigrated():
            # Several containers start at the same moment: one of them makes the tables.
            with locked("migrate") if connection.vendor == "postgresql" else nullcontext():
                call_command("migrate", verbosity=0)
    except OperationalError as error:
        refuse("DATABASE_URL", f"the database cannot be opened: {str(error).splitlines()[0]}")


def check_static_files() -> None:
    if not settings.DEBUG and not (settings.STATIC_ROOT / "staticfiles.json").exists():
        refuse("STATIC_ROOT", f"no static files in {settings.STATIC_ROOT}: run `python manage.py collectstatic`")


def unmigrated() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def stale(manifest: Path) -> bool:
    """Whether a static file, or what was installed, is newer than what was collected."""
    if not manifest.exists():
        return True
    collected = manifest.stat().st_mtime
    installed = Path(django.__file__).parent.parent
    sources = (path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*"))
    storage = settings.BASE_DIR / "chatsite/static.py"
    return any(path.stat().st_mtime > collected for path in (installed, storage, *sources))


if __name__ == "__main__":
    prepare()
