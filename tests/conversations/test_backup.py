"""The rehearsal of a disaster: of a whole site nothing is left but a copy of its store."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx2
import psycopg
import pytest

from tests.conversations import bucket
from tests.conversations.life import Life, ids_in, shown
from tests.model_server import ModelServer
from tests.plugin import ROOT, blank
from tests.site import PASSWORD, Site, Visitor, furnish, running, token_in

Settings = dict[str, str]


@contextmanager
def folders(root: Path) -> Iterator[tuple[Settings, Settings]]:
    """SQLite and the folder store."""
    yield {"CONVERSATION_STORE": f"file://{root}/lost"}, {"CONVERSATION_STORE": f"file://{root}/found"}


@contextmanager
def buckets(server: str) -> Iterator[tuple[Settings, Settings]]:
    """PostgreSQL and S3."""
    with bucket.server() as port:
        access = {
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "AKEY",
            "AWS_SECRET_ACCESS_KEY": "a-secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        lost, found = ({**access, "CONVERSATION_STORE": f"s3://{bucket.new_bucket(port)}"} for _ in range(2))
        for settings in (lost, found):
            name = f"backup_{uuid4().hex[:8]}"
            with psycopg.connect(server, autocommit=True) as database:
                database.execute(f"CREATE DATABASE {name}")
            settings["DATABASE_URL"] = f"{server.rpartition('/')[0]}/{name}"
        yield lost, found


@pytest.fixture
def places(tmp_path: Path) -> Iterator[tuple[Settings, Settings]]:
    """Of two sites, the second of which has nothing yet; on the database that this run of the tests is for."""
    server = os.environ.get("DATABASE_URL", "")
    with buckets(server) if server else folders(tmp_path) as settings:
        yield settings


def copy(lost: Settings, found: Settings) -> set[str]:
    """The ids in all that was copied."""
    kept, copied = (settings["CONVERSATION_STORE"].partition("://")[2] for settings in (lost, found))
    if "DATABASE_URL" not in lost:
        shutil.copytree(kept, copied)
        return ids_in(path.read_text(encoding="utf-8") for path in Path(copied).rglob("*.json"))
    client = bucket.client(int(lost["AWS_ENDPOINT_URL_S3"].rpartition(":")[2]))
    keys = [entry["Key"] for entry in client.list_objects_v2(Bucket=kept, Prefix="users/")["Contents"]]
    for key in keys:
        client.copy_object(Bucket=copied, Key=key, CopySource={"Bucket": kept, "Key": key})
    return ids_in(client.get_object(Bucket=copied, Key=key)["Body"].read().decode() for key in keys)


class Returning(Visitor):
    """Somebody who has an account already."""

    def __init__(self, url: str, username: str) -> None:
        self.http = httpx2.Client(base_url=url, timeout=30, trust_env=False)
        self.username = username
        form = self.http.get("/accounts/login/").text
        fields = {"login": username, "password": PASSWORD, "csrfmiddlewaretoken": token_in(form)}
        answer = self.http.post("/accounts/login/", data=fields, headers={"Referer": url})
        assert answer.status_code == 302, answer.text


def manage(site: Site, *commands: list[str], typed: str) -> str:
    """One after the other, in one process."""
    each = "from django.core.management import execute_from_command_line as run; import json, sys\n"
    each += "for command in json.loads(sys.argv[1]): run(['manage.py', *command])"
    ran = subprocess.run(
        [sys.executable, "-c", each, json.dumps(commands)],
        cwd=ROOT, env=blank() | site.settings | {"DJANGO_SETTINGS_MODULE": "chatsite.settings"}, input=typed,
        capture_output=True, text=True, timeout=120, check=True,
        # Without a terminal a password is read from what is typed here.
        start_new_session=True,
    )  # fmt: skip
    return ran.stdout


@pytest.mark.database
def test_a_copy_of_the_store_and_an_empty_database_are_the_site_again(
    places: tuple[Settings, Settings], model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    more = {"LLM_BASE_URL": model_server.base_url, "TRANSCRIPT_PART_BYTES": "4096"}
    lost, found = places
    with running(tmp_path_factory.mktemp("lost"), **lost, **more) as site:
        life, other = Life(site.visitor()), site.visitor()
        life.live()
        strange = other.say("A secret zebra [[say: Hush.]]").conversation
        kept = copy(lost, found)
        before = shown(life.visitor.given, life.conversations.values(), kept, life.shared, "/models/")
    var = tmp_path_factory.mktemp("found")
    furnish(var, database="DATABASE_URL" not in found)
    commands = [["migrate", "--verbosity=0"], ["reindex"], ["changepassword", life.visitor.username]]
    said = manage(Site(var, **found, **more), *commands, typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert f"Restored the user {life.visitor.username}" in said
    with running(var, **found, **more) as site:
        visitor = Returning(site.url, life.visitor.username)
        after = shown(visitor.given, life.conversations.values(), kept, life.shared, "/models/")
        assert visitor.http.get(f"/c/{strange}/").status_code == 404
        assert visitor.say("Still there? [[say: Yes.]]")["done"]["finish"] == "stop"
    assert [address for address in before if after[address] != before[address]] == []
    assert [word in " ".join(before.values()) for word in ("Packing &lt;b&gt;list", "2 of 2", "Größe", "Ahoy")] == [
        True
    ] * 4
    assert "word399" in before["/search/?q=word399"]
