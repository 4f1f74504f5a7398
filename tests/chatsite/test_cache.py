"""A database that can be read but not written is said to be away: nobody has tried too often."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client

from conversations import health


@pytest.fixture
def unwritable(db: None) -> Iterator[None]:
    statement = "PRAGMA query_only = {}" if connection.vendor == "sqlite" else "SET TRANSACTION READ {}"
    with connection.cursor() as cursor:
        cursor.execute(statement.format("ON" if connection.vendor == "sqlite" else "ONLY"))
        yield
        if connection.vendor == "sqlite":
            cursor.execute(statement.format("OFF"))


@pytest.mark.django_db
def test_what_is_there_is_not_added_again() -> None:
    assert cache.add("key", 1)
    assert not cache.add("key", 2)
    assert cache.get("key") == 1


@pytest.mark.usefixtures("unwritable")
def test_what_cannot_be_added_is_an_error() -> None:
    with pytest.raises(OperationalError):
        cache.add("key", 1)


@pytest.mark.usefixtures("unwritable")
def test_who_signs_in_is_told_of_the_database() -> None:
    client = Client(raise_request_exception=False)
    answer = client.post("/accounts/login/", {"login": "alice", "password": "wrong"})
    assert answer.status_code == 503
    assert "The database cannot be reached right now" in answer.content.decode()


@pytest.mark.usefixtures("unwritable")
def test_it_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_away", False)
    assert client.get("/readyz").status_code == 200
    health.could_not_look()
    assert client.get("/readyz").json()["database"] == "unavailable"


@pytest.mark.django_db
def test_it_is_ready_as_soon_as_it_can_be_written_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_away", True)
    assert client.get("/readyz").status_code == 200
