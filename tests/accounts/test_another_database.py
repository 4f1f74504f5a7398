"""Accounts move to another database by the very commands of docs/settings.md."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.plugin import ROOT, blank
from tests.site import furnish

PEOPLE = """
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group, Permission
from accounts.models import HuggingFaceToken, User
from accounts.vault import seal
from conversations.models import SitePreset
alice = User.objects.create_user("alice", "alice@example.org", "a phrase", preferences={"theme": {"value": "dark"}})
carol = User.objects.create_superuser("carol", password="another phrase")
editors = Group.objects.create(name="editors")
editors.permissions.add(Permission.objects.get(codename="change_sitepreset"))
carol.groups.add(editors)
EmailAddress.objects.create(user=alice, email="alice@example.org", verified=True, primary=True)
SocialAccount.objects.create(user=alice, provider="huggingface", uid="42")
HuggingFaceToken.objects.create(user=alice, how="pasted", sealed=seal("hf_token", str(alice.id)))
SitePreset.objects.create(name="Translator", starters=["Hello"])
"""


def documented() -> list[str]:
    """What follows `manage.py` in the lines about moving."""
    section = (ROOT / "docs/settings.md").read_text(encoding="utf-8").partition("## How do I switch to PostgreSQL?")[2]
    return re.findall(r"(?m)^\.venv/bin/python manage\.py (.*)$", section)


def manage(command: str, **variables: str) -> str:
    ran = subprocess.run(
        f"{sys.executable} manage.py {command}",
        shell=True, cwd=ROOT, env=blank() | variables, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return ran.stdout


def elsewhere(folder: Path) -> str:
    """A database without tables, of the kind that this run of the tests is for."""
    server = os.environ.get("DATABASE_URL", "").rpartition("/")[0]
    if not server:
        return f"sqlite:///{folder}/other.sqlite3"
    name = f"moved_{uuid4().hex[:8]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as maintenance:
        maintenance.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"


@pytest.mark.database
def test_accounts_and_what_only_the_database_has_move_whole(tmp_path: Path) -> None:
    furnish(tmp_path, database=True)
    before = {"VAR_DIR": str(tmp_path)}
    after = {**before, "DATABASE_URL": elsewhere(tmp_path)}
    manage("shell -v 0 < $PEOPLE", **before, PEOPLE=written(tmp_path / "people.py"))
    dump, *rest = (line.replace("accounts.json", str(tmp_path / "accounts.json")) for line in documented())
    manage(dump, **before)
    for line in rest:
        manage(line, **after)
    manage(dump.replace("accounts.json", "again.json"), **after)
    old, new = (json.loads((tmp_path / name).read_text()) for name in ("accounts.json", "again.json"))
    assert new == old
    assert {one["model"] for one in old} == {
        "auth.group", "accounts.user", "accounts.huggingfacetoken", "account.emailaddress",
        "socialaccount.socialaccount", "conversations.sitepreset",
    }  # fmt: skip


def written(path: Path) -> str:
    path.write_text(PEOPLE, encoding="utf-8")
    return str(path)
