"""What Heroku, Spaces and images say about themselves is enough to be reached there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chatsite.test_settings import loaded

DYNO = {
    "DYNO": "web.1",
    "SECRET_KEY": "s",
    "ENCRYPTION_KEY": "e",
    "DATABASE_URL": "postgres://u@db/x",
    "CONVERSATION_STORE": "s3://bucket",
}
LOCAL = ["localhost", "127.0.0.1", "[::1]"]


def is_secure(settings: dict[str, Any]) -> bool:
    names = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS")
    return all(settings[name] for name in names) and settings["SECURE_PROXY_SSL_HEADER"][1] == "https"


def test_a_space_is_reached_at_its_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, {"SPACE_HOST": "alice-chat.hf.space"})
    assert settings["SITE_URL"] == "https://alice-chat.hf.space"
    assert settings["ALLOWED_HOSTS"] == [*LOCAL, "alice-chat.hf.space"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://alice-chat.hf.space"]
    assert settings["TRUSTED_PROXIES"] == 1
    assert is_secure(settings)


def test_an_app_on_heroku_is_reached_at_its_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, DYNO | {"HEROKU_APP_DEFAULT_DOMAIN_NAME": "chat-1234.herokuapp.com"})
    assert settings["SITE_URL"] == "https://chat-1234.herokuapp.com"
    assert is_secure(settings)


def test_and_at_any_of_heroku_when_it_does_not_know_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, DYNO)
    assert settings["SITE_URL"] == ""
    assert settings["ALLOWED_HOSTS"] == [*LOCAL, ".herokuapp.com"]
    assert settings["TRUSTED_PROXIES"] == 1
    assert is_secure(settings)


@pytest.mark.parametrize("place", [{"SPACE_HOST": "alice-chat.hf.space"}, DYNO])
def test_an_address_of_ones_own_goes_before_it(monkeypatch: pytest.MonkeyPatch, place: dict[str, str]) -> None:
    settings = loaded(monkeypatch, place | {"SITE_URL": "https://chat.example.org"})
    assert settings["ALLOWED_HOSTS"] == [*LOCAL, "chat.example.org"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://chat.example.org"]


def test_two_dynos_of_two_workers_and_a_command_fit_into_the_smallest_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def most(**more: str) -> int:
        settings = loaded(monkeypatch, DYNO | more)
        pool: int = settings["DATABASE"]["OPTIONS"]["pool"]["max_size"]
        assert pool
        return pool + int(settings["DATABASE_WRITERS"])

    assert 2 * 2 * most() < 20
    assert most(DATABASE_CONNECTIONS="30") == 30
    assert most(DATABASE_CONNECTIONS="2") == 2


def test_the_store_is_the_bucket_of_an_add_on(monkeypatch: pytest.MonkeyPatch) -> None:
    bucketeer = {"BUCKETEER_BUCKET_NAME": "bucketeer-1", "BUCKETEER_AWS_SECRET_ACCESS_KEY": "s"}
    settings = loaded(monkeypatch, bucketeer)
    assert settings["CONVERSATION_STORE"] == "s3://bucketeer-1/chatsite"
    assert settings["BUCKETEER"]["secret_key"] == "s"
    settings = loaded(monkeypatch, bucketeer | {"CONVERSATION_STORE": "s3://mine/here", "AWS_REGION": "eu-west-1"})
    assert settings["CONVERSATION_STORE"] == "s3://mine/here"
    assert settings["BUCKETEER"] == {"access_key": "", "secret_key": "", "region": "eu-west-1"}, "its keys are its own"
