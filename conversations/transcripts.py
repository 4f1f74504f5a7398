"""The site's archive of transcripts, and the threads that wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.core.signals import setting_changed

from conversations.archive import Archive
from conversations.store import S3Options, open_store

P = ParamSpec("P")
T = TypeVar("T")

# As many as the S3 client has connections; the loop's own executor has too few for slow stores.
_threads = ThreadPoolExecutor(32, "store")


@cache
def archive() -> Archive:
    options = {key: value or None for key, value in settings.BUCKETEER.items()}
    return Archive(open_store(settings.CONVERSATION_STORE, S3Options(**options)))


async def on_a_thread(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls the store without holding up the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: act(*args, **kwargs))


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "CONVERSATION_STORE":
        archive.cache_clear()


setting_changed.connect(_forget)
