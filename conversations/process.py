"""Which process this is. A reply belongs to the one that writes it."""

from __future__ import annotations

import os
from uuid import UUID, uuid4

_me = uuid4()


def me() -> UUID:
    return _me


def _renew() -> None:
    global _me  # noqa: PLW0603
    _me = uuid4()


# Workers may be forked from a process that has loaded the site already.
os.register_at_fork(after_in_child=_renew)
