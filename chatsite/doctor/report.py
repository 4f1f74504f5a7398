"""What the doctor says, as text and as JSON, and what may not be in it."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import textwrap
import tomllib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings

from chatsite.doctor.finding import Finding
from chatsite.doctor.trial import Step

HIDDEN = "[hidden]"
SHORTEST = 6
"""Characters of what is taken out; shorter ones are part of other words."""

WIDTH = 110
SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|DSN")
PACKAGES = ("Django", "gunicorn", "huggingface_hub", "boto3", "psycopg", "transformers")
COMMITS = ("HEROKU_BUILD_COMMIT", "HEROKU_SLUG_COMMIT", "SOURCE_VERSION", "GIT_COMMIT")


def versions(database: str, conditions: str = "") -> dict[str, str]:
    llm, kind = settings.LLM, settings.CONVERSATION_STORE.partition("://")[0]
    named = [name for name in settings.PUBLIC_SETTINGS if os.environ.get(name, "").strip()]
    backend = [llm.backend, *(["LLM_BASE_URL"] if llm.base_url else []), *(server.name for server in llm.servers)]
    found = {
        "Chatsite": " ".join(filter(None, (own_version(), commit()))),
        "Python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        **{name: installed(name) for name in PACKAGES},
        "database": database,
        "store": ", writers kept apart ".join(filter(None, (kind, conditions))),
        "backend": ", ".join(backend),
        "models": ", ".join(llm.models[:5]) if llm.backend != "guide" else "",
        "set": ", ".join(sorted(named)),
    }
    return {name: value for name, value in found.items() if value}


def as_text(made_of: dict[str, str], findings: Sequence[Finding], steps: Sequence[Step]) -> str:
    lines = [f"{name:16} {value}" for name, value in made_of.items()]
    lines += ["", *(line for finding in findings for line in _lines_of(finding))]
    if steps:
        lines += ["", "Tried:", *(_line_of(step) for step in steps)]
    lines += ["", in_sum(findings, steps)]
    return without_secrets("\n".join(lines))


def as_json(made_of: dict[str, str], findings: Sequence[Finding], steps: Sequence[Step]) -> str:
    said = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": made_of,
        "findings": [asdict(finding) for finding in findings],
        "tried": [asdict(step) for step in steps],
    }
    return json.dumps(_cleaned(said), ensure_ascii=False, indent=1)


def in_sum(findings: Sequence[Finding], steps: Sequence[Step]) -> str:
    number = wrong(findings, steps)
    if not number:
        return "Nothing is wrong."
    return f"{number} thing{'s are' if number > 1 else ' is'} wrong. docs/doctor.md says more."


def wrong(findings: Sequence[Finding], steps: Sequence[Step]) -> int:
    return sum(one.verdict == "wrong" for one in findings) + sum(one.outcome == "failed" for one in steps)


def _lines_of(finding: Finding) -> list[str]:
    sign = {"ok": "ok", "note": "note", "wrong": "WRONG"}[finding.verdict]
    lines = textwrap.wrap(
        finding.says, WIDTH, initial_indent=f"{sign:6}{finding.about:13} ", subsequent_indent=" " * 20
    ) or [f"{sign:6}{finding.about}"]
    for word, text in (("Why", finding.why), ("Do", finding.advice)):
        if text:
            lines += textwrap.wrap(text, WIDTH, initial_indent=f"{'':20}{word}: ", subsequent_indent=" " * 20)
    return lines


def _line_of(step: Step) -> str:
    sign = {"ok": "ok", "failed": "FAILED", "not tried": "-"}[step.outcome]
    took = "" if step.outcome == "not tried" else f"{step.seconds:8.2f} s"
    return f"{sign:7}{step.name:16}{took:11}{step.says}".rstrip()


def without_secrets(text: str) -> str:
    """The last of several guards: what is said is made of our own words anyway."""
    for secret in sorted(secrets(), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return re.sub(r"//[^/@\s]+@", f"//{HIDDEN}@", text)


def secrets() -> set[str]:
    """The values of all variables that sound like it, and the passwords in all addresses."""
    earlier = (*settings.SECRET_KEY_FALLBACKS, *settings.ENCRYPTION_KEY_FALLBACKS)
    found = {settings.SECRET_KEY, settings.ENCRYPTION_KEY, *earlier}
    for name, value in os.environ.items():
        if SECRET.search(name):
            found.add(value.strip())
        if "://" in value:
            found |= _passwords(value)
    return {secret for secret in found if len(secret) >= SHORTEST}


def _passwords(addresses: str) -> set[str]:
    found: set[str] = set()
    for word in addresses.split():
        try:
            parts = urlsplit(word.partition("=")[2] if "=" in word.partition("://")[0] else word)
        except ValueError:
            continue
        found |= {parts.password, unquote(parts.password)} if parts.password else set()
        found |= {value for name, value in parse_qsl(parts.query) if SECRET.search(name.upper())}
    return found


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {key: _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list) else value


def own_version() -> str:
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def commit() -> str:
    """Which one of its history runs here, in brackets, where that can be known."""
    known = next((value[:10] for name in COMMITS if (value := os.environ.get(name, ""))), "")
    if not known and (settings.BASE_DIR / ".git").exists():
        try:
            ran = subprocess.run(
                ["git", "rev-parse", "--short=10", "HEAD"],  # noqa: S607
                cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=5, check=False,
            )  # fmt: skip
            known = ran.stdout.strip()
        except (OSError, subprocess.TimeoutExpired):
            pass
    return f"({known})" if known else ""


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
