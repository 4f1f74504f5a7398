"""A PostgreSQL server for the tests, in a temporary folder, gone with them."""

import getpass
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]


def programs() -> Path | None:
    """The folder of initdb and postgres, of the newest version installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def server() -> Iterator[str]:
    """The URL of its database. PostgreSQL refuses to run as root, so root hands it to the user `postgres`."""
    folder = Path(tempfile.mkdtemp(prefix="chatsite-postgresql-"))
    as_user = []
    if getpass.getuser() == "root":
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    port = free_port()
    bin_folder = programs()
    assert bin_folder
    initdb = [*as_user, str(bin_folder / "initdb"), "-D", str(folder), "-U", "postgres", "-A", "trust", "--no-sync"]
    subprocess.run(initdb, check=True, cwd="/", stdout=subprocess.DEVNULL)
    options = [part for option in FAST for part in ("-c", option)]
    command = [str(bin_folder / "postgres"), "-D", str(folder), "-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
    process = subprocess.Popen([*as_user, *command, *options], cwd="/", stderr=subprocess.DEVNULL)
    try:
        ready = [str(bin_folder / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
        deadline = time.monotonic() + 30
        while subprocess.run(ready, check=False).returncode and time.monotonic() < deadline:
            time.sleep(0.05)
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
