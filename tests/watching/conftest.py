from collections.abc import Iterator

import pytest

from tests.watching.watched import Watched, type_everything, watched


@pytest.fixture(scope="session")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A watched site on which everything has been typed."""
    with watched(tmp_path_factory.mktemp("watched")) as site:
        type_everything(site)
        yield site
