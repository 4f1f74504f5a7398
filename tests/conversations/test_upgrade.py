"""The first release's rows and objects, as its code wrote them, under the newest code."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone

from conversations.elsewhere import take_over
from conversations.models import Conversation, Reply
from tests.conversations.commands import manage
from tests.conversations.life import ids_in, shown
from tests.conversations.pages import Page

FROZEN = json.loads(Path(__file__).with_name("first_release.json").read_text(encoding="utf-8"))
TARGETS = [("conversations", "0001_initial"), ("accounts", "0002_cache_table")]
PASSWORD = "correct horse battery"
CUT_OFF = "slow0 slow1"


@pytest.fixture
def upgraded(transactional_db: None, tmp_path: Path, settings: Any) -> Path:
    """The folder of its store; the database has been migrated from there to here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    settings.SECRET_KEY = "first-release"
    store = tmp_path / "store"
    for key, document in FROZEN["store"].items():
        (store / key).parent.mkdir(parents=True, exist_ok=True)
        (store / key).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    try:
        # Backwards first, so that each migration is seen to be reversible on this database.
        for target in TARGETS:
            call_command("migrate", *target, verbosity=0)
        insert(MigrationExecutor(connection).loader.project_state([*TARGETS, ("sessions", "0001_initial")]).apps)
    finally:
        call_command("migrate", verbosity=0)
    return store


def insert(models: Any) -> None:
    for name, rows in FROZEN["rows"].items():
        model = models.get_model(name)
        fields = {field.attname: field for field in model._meta.concrete_fields}
        model.objects.bulk_create(
            model(**{column: fields[column].to_python(value) for column, value in row.items()}) for row in rows
        )


def signed_in() -> Client:
    client = Client()
    assert client.post("/accounts/login/", {"login": "alice", "password": PASSWORD}).status_code == 302
    return client


def still_signed_in() -> Client:
    Session.objects.update(expire_date=timezone.now() + timedelta(days=1))
    client = Client()
    client.cookies["sessionid"] = FROZEN["rows"]["sessions.Session"][0]["session_key"]
    return client


def finished_cut_replies() -> None:
    for row in Reply.objects.running().select_related("conversation"):
        async_to_sync(take_over)(row)


def test_who_was_signed_in_stays_so_every_page_opens_and_nothing_is_lost(upgraded: Path) -> None:
    assert still_signed_in().get("/settings/").status_code == 200
    finished_cut_replies()
    kept = ids_in(path.read_text(encoding="utf-8") for path in upgraded.rglob("*.json"))
    client = signed_in()

    def given(address: str) -> tuple[int, str]:
        answer = client.get(address, follow=True)
        return answer.status_code, b"".join(answer).decode()

    hers = [str(row.id) for row in Conversation.objects.filter(owner__username="alice").order_by("created_at")]
    before = shown(given, hers, kept)
    page = Page(before["/c/new/"])
    titles = {row["title"] for row in FROZEN["rows"]["conversations.Conversation"] if row["title"]}
    assert titles - set(page.titles) == {"Small Function for Fibonacci Numbers"}
    exported = " ".join(text for address, text in before.items() if address.endswith("export/json/"))
    owner = Conversation.objects.get(id=hers[0]).owner_id
    texts = [message["text"] for key, document in FROZEN["store"].items() if str(owner) in key
             for message in document["messages"]]  # fmt: skip
    assert len(texts) == 18
    assert [text for text in texts if json.dumps(text, ensure_ascii=False)[1:-1] not in exported] == []
    assert CUT_OFF in exported
    assert manage("reindex").code == 0
    assert manage("check_store").code == 0
    after = shown(given, hers, kept)
    assert [address for address in before if after[address] != before[address]] == [
        "/search/?q=zebra",
        "/search/?q=word399",
        "/search/?q=Lisbon",
    ]
    assert ["Lisbon" in after["/search/?q=zebra"], "secret" in after["/search/?q=zebra"]] == [True, False]
