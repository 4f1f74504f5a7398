"""A site whose database, store and model are servers of their own, each of which wants a secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests import postgresql
from tests.chatsite.relay import Relay
from tests.conversations import bucket
from tests.model_server import ModelServer
from tests.plugin import ROOT
from tests.site import Site, running

SECRETS = {
    "SECRET_KEY": "quiet-cookie-key",
    "ENCRYPTION_KEY": "quiet-encryption-key",
    "HF_TOKEN": "hf_QuietToken",
    "LLM_API_KEY": "sk-quiet-model-key",
    "AWS_SECRET_ACCESS_KEY": "quiet-bucket-key",
}
DATABASE_PASSWORD = "quiet-database-password"


@dataclass
class Distant:
    site: Site
    models: ModelServer
    database: Relay | None
    """None where PostgreSQL is not installed: the database is a file then."""


@pytest.fixture(scope="session")
def distant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Distant]:
    with ExitStack() as stack:
        models = stack.enter_context(ModelServer())
        objects = stack.enter_context(bucket.server())
        settings = {
            **SECRETS,
            "LOG_LEVEL": "DEBUG",
            "LLM_BASE_URL": models.base_url,
            "LLM_MODELS": "test-model",
            "AWS_ACCESS_KEY_ID": "AKEY",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{objects}",
            "CONVERSATION_STORE": f"s3://{bucket.new_bucket(objects)}/chatsite",
        }
        relay = None
        if postgresql.programs():
            server = urlsplit(stack.enter_context(postgresql.server()))
            relay = stack.enter_context(Relay(server.port or 0))
            login = f"postgres:{DATABASE_PASSWORD}@127.0.0.1:{relay.port}"
            settings["DATABASE_URL"] = f"postgres://{login}/postgres"
        site = stack.enter_context(running(tmp_path_factory.mktemp("distant"), **settings))
        yield Distant(site, models, relay)


@pytest.fixture(scope="session")
def https_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site behind a proxy that speaks https for it; it waits a second for slow senders."""
    settings = {
        "SITE_URL": "https://chat.example.org",
        "TRUSTED_PROXIES": "1",
        "GUNICORN_CMD_ARGS": f"-c {ROOT / 'tests/chatsite/impatient_conf.py'}",
    }
    with running(tmp_path_factory.mktemp("https"), **settings) as site:
        yield site
