"""What the site stands on: memory, disk, static files."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from chatsite.doctor.finding import Finding, Findings, examines, note, ok, wrong
from chatsite.prepare import stale

MEGABYTE = 2**20
FIRST_PROCESS = 60 * MEGABYTE
EACH_WORKER = 200 * MEGABYTE
"""What one comes to with two hundred open streams."""

LITTLE, VERY_LITTLE = 1024 * MEGABYTE, 200 * MEGABYTE
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def findings() -> list[Finding]:
    return [*memory(), *disk(), *private(), *static()]


@examines("memory")
def memory() -> Findings:
    has, workers = memory_here(), settings.WEB_CONCURRENCY
    if has is None:
        return
    needs = FIRST_PROCESS + workers * EACH_WORKER
    if has < needs and workers > 1:
        fitting = max((has - FIRST_PROCESS) // EACH_WORKER, 1)
        yield wrong(
            "memory",
            f"WEB_CONCURRENCY is {workers}, and this machine has {in_words(has)} of memory.",
            f"So many processes come to about {in_words(needs)} when many replies are open; past its memory the"
            " machine becomes slow, or kills one.",
            f"Set WEB_CONCURRENCY to {fitting}: one process holds about a thousand open replies.",
        )
    elif has < needs:
        yield note(
            "memory",
            f"This machine has {in_words(has)} of memory.",
            f"A process comes to about {in_words(EACH_WORKER)} when many replies are open.",
            "Give it 512 MB.",
        )
    else:
        yield ok("memory", f"{in_words(has)} for {workers} worker{'s' * (workers != 1)}")


@examines("disk")
def disk() -> Findings:
    places = {"VAR_DIR": settings.VAR_DIR} if keeps_files() else {}
    if settings.CONVERSATION_STORE.startswith("file://"):
        places["CONVERSATION_STORE"] = Path(settings.CONVERSATION_STORE.removeprefix("file://"))
    for name, place in places.items():
        folder = next(parent for parent in (place, *place.parents) if parent.exists())
        free = shutil.disk_usage(folder).free
        written = [folder, *sqlite_files()] if name == "VAR_DIR" else [folder]
        closed = next((path for path in written if not os.access(path, os.W_OK)), None)
        if closed or not os.access(folder, os.X_OK):
            yield wrong(
                "disk",
                f"{name}: {closed or folder} cannot be written.",
                "What is said could not be kept there.",
                "Give the account that runs Chatsite the right to write there, or name another folder.",
            )
        elif free < LITTLE:
            say = wrong if free < VERY_LITTLE else note
            yield say(
                "disk",
                f"{name}: {in_words(free)} are free.",
                "On a full disk new messages are refused.",
                "Free some space, or use a bucket and a database elsewhere.",
            )
        else:
            yield ok("disk", f"{name}: {in_words(free)} free")


@examines("keys")
def private() -> Findings:
    for path in (settings.VAR_DIR / "secret_key", settings.VAR_DIR / "encryption_key"):
        if open_to_others(path):
            yield wrong(
                "keys",
                f"{path} can be read by other users of this machine.",
                "Who has the key can forge sessions or read users' tokens.",
                f"chmod 600 {path}",
            )
    for path in filter(open_to_others, sqlite_files()):
        yield wrong(
            "keys",
            f"{path} can be read by other users of this machine.",
            "Every word that was said is in it, for the search.",
            f"chmod 600 {path}",
        )
    dotenv = settings.BASE_DIR / ".env"
    if open_to_others(dotenv):
        yield note(
            "keys",
            f"{dotenv} can be read by other users of this machine.",
            "Keys and passwords in it are theirs too.",
            f"chmod 600 {dotenv}, as the account that runs Chatsite.",
        )


def open_to_others(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


@examines("static files")
def static() -> Findings:
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if settings.DEBUG:
        return
    if not manifest.exists():
        yield wrong(
            "static files",
            f"They have not been collected in {settings.STATIC_ROOT}.",
            "Every page answers with an error: it cannot find its styles.",
            "python -m chatsite.prepare, or manage.py collectstatic --noinput",
        )
    elif stale(manifest):
        yield note(
            "static files",
            "Some are newer than those that were collected.",
            "Pages may come with the styles and scripts of an older version.",
            "python -m chatsite.prepare, or manage.py collectstatic --clear --noinput",
        )
    else:
        yield ok("static files", "collected")


def sqlite_files() -> list[Path]:
    """The database, and what lies beside it while it is open, as far as they are there."""
    if not settings.DATABASE["ENGINE"].endswith("sqlite3"):
        return []
    files = [Path(f"{settings.DATABASE['NAME']}{ending}") for ending in ("", "-wal", "-shm")]
    return [file for file in files if file.exists()]


def keeps_files() -> bool:
    """Whether anything of the site is in VAR_DIR that must last."""
    return settings.DATABASE["ENGINE"].endswith("sqlite3") or not os.environ.get("SECRET_KEY", "").strip()


def memory_here() -> int | None:
    """Bytes this process may use, with those around it; None where nobody says."""
    limits = [_number(path) for path in LIMITS]
    with suppress(ValueError, OSError):
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(filter(None, limits), default=None)


def in_words(size: int) -> str:
    megabytes = size / MEGABYTE
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{megabytes:.0f} MB"


def _number(path: str) -> int | None:
    try:
        text = Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
