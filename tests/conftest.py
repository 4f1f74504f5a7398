"""The fixed cast: alice owns, bob is another user, carol is staff."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from conversations import writer
from tests.model_server import ModelServer
from tests.plugin import UNFIT, folder
from tests.site import Site, running


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    # Threads and tasks open connections of their own, which a database in memory would not let them share.
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        settings.DATABASES["default"]["TEST"]["NAME"] = f"{folder}/test.sqlite3"


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Any, settings: Any) -> None:
    settings.CONVERSATION_STORE = f"file://{tmp_path}/store"
    # The real one takes a third of a second on purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


def user(username: str, **flags: Any) -> User:
    return User.objects.create_user(username, password=f"{username}'s long password", **flags)


@pytest.fixture
def alice(db: None) -> User:
    return user("alice")


@pytest.fixture
def bob(db: None) -> User:
    return user("bob")


@pytest.fixture
def carol(db: None) -> User:
    return user("carol", is_staff=True, is_superuser=True)


@pytest.fixture
def as_alice(alice: User) -> Client:
    return signed_in(alice)


@pytest.fixture
def as_bob(bob: User) -> Client:
    return signed_in(bob)


def signed_in(who: User) -> Client:
    client = Client()
    client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    yield
    # A database that somebody is connected to cannot be dropped.
    writer.let_go()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where everything is installed, as in CI, a test that did not run is a failure."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = UNFIT


@pytest.fixture(scope="session")
def model_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_answer_is_left(request: pytest.FixtureRequest) -> None:
    """What another test has not used, because it failed, is not said in this one."""
    if "model_server" in request.fixturenames:
        server: ModelServer = request.getfixturevalue("model_server")
        server.script.clear()
        server.titles.clear()


@pytest.fixture(scope="session")
def site(model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site with a model server. It lives as long as the tests do, so each signs up visitors of its own."""
    with running(tmp_path_factory.mktemp("site"), LLM_BASE_URL=model_server.base_url) as site:
        yield site


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What touches the database says the same on every one."""
    for item in items:
        if "db" in getattr(item, "fixturenames", ()):
            item.add_marker("database")
