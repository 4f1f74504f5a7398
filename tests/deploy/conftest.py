from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy import servers
from tests.deploy.servers import Shared


@pytest.fixture(scope="module")
def shared() -> Iterator[Shared]:
    with servers.shared() as both:
        yield both
