from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.test import Client

from conversations import live
from tests.site import Site


def test_a_probe_needs_no_session_and_no_name(site: Site) -> None:
    for host in ("evil.example", "10.1.2.3", "a:1:2"):
        answer = httpx2.get(f"{site.url}/healthz", headers={"Host": host}, trust_env=False)
        assert (answer.status_code, answer.text) == (200, "ok\n")
        assert httpx2.get(f"{site.url}/readyz", headers={"Host": host}, trust_env=False).status_code == 200
    assert httpx2.head(f"{site.url}/healthz", trust_env=False).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("probe", ["/healthz", "/readyz"])
def test_a_probe_is_not_sent_to_https(client: Client, settings: Any, probe: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(probe, headers={"host": "10.1.2.3"}).status_code == 200
    assert client.get("/c/new/").status_code == 301


@pytest.mark.django_db
def test_it_is_ready_when_database_and_store_answer(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json().items() >= {"database": "ok", "store": "ok"}.items()
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_process_that_is_about_to_end_is_sent_nobody_any_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "draining", True)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["process"] == "restarting"
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "store", ["file://{folder}/file", "file://{folder}/file/below", "s3://bucket/prefix"], ids=["file", "below", "s3"]
)
def test_it_says_that_the_store_is_away_but_not_why(
    client: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    settings.CONVERSATION_STORE = store.format(folder=tmp_path)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json().items() >= {"database": "ok", "store": "unavailable"}.items()
    assert "very-secret" not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/healthz/", "/healthz/nothing", "/readyz/", "/c/new/"])
def test_only_the_address_itself_is_answered_before_everything_else(client: Client, address: str) -> None:
    assert client.get(address, headers={"host": "evil.example"}).status_code == 400
