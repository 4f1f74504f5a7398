"""Visitors of the running site, and a site whose patience is short."""

from collections.abc import Iterator

import pytest

from tests.model_server import ModelServer
from tests.ports import free_port
from tests.site import Site, Visitor, running


@pytest.fixture(scope="session")
def reader(site: Site) -> Visitor:
    """Somebody who uses the site all the time: each test begins conversations of its own."""
    return site.visitor()


@pytest.fixture(scope="session")
def stranger(site: Site) -> Visitor:
    return site.visitor()


@pytest.fixture(scope="session")
def hasty_models() -> int:
    """The port of the model server that the hasty site asks, if one listens there."""
    return free_port()


@pytest.fixture
def hasty_server(hasty_models: int) -> Iterator[ModelServer]:
    with ModelServer(port=hasty_models) as server:
        yield server


@pytest.fixture(scope="session")
def hasty_site(hasty_models: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {
        "LLM_BASE_URL": f"http://127.0.0.1:{hasty_models}/v1",
        "LLM_MODELS": "test-model",
        "LLM_FIRST_TIMEOUT": "1",
        "LLM_IDLE_TIMEOUT": "1",
        "LLM_TITLES": "false",
        "REPLIES_AT_ONCE": "2",
        "REPLY_STALE_SECONDS": "2",
        # Of which eight are kept for saving.
        "GUNICORN_CMD_ARGS": "--graceful-timeout 9",
    }
    with running(tmp_path_factory.mktemp("hasty"), **settings) as site:
        yield site


@pytest.fixture
def hasty(hasty_site: Site) -> Site:
    """A site that waits one second for a model and for replies to end, allows two at once and makes no titles."""
    if hasty_site.process is None:
        hasty_site.start()
    return hasty_site


@pytest.fixture(scope="session")
def hasty_visitor(hasty_site: Site) -> Visitor:
    return hasty_site.visitor()


@pytest.fixture
def hurried(hasty: Site, hasty_server: ModelServer, hasty_visitor: Visitor) -> Visitor:
    """A visitor of the hasty site, whose model server listens."""
    return hasty_visitor
