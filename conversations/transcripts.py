"""The site's archive of transcripts, and the threads that wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.core.signals import setting_changed

from conversations.archive import Archive, Opened
from conversations.connections import lend_back
from conversations.locks import locked
from conversations.store import S3Options, open_store
from conversations.transcript import Transcript

if TYPE_CHECKING:
    # The command that prepares a release looks at the store before there are any models.
    from conversations.models import Conversation

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")

# As many as the S3 client has connections; the loop's own executor has too few for slow stores.
_threads = ThreadPoolExecutor(32, "store")


@cache
def archive() -> Archive:
    options = {key: value or None for key, value in settings.BUCKETEER.items()}
    store = open_store(settings.CONVERSATION_STORE, S3Options(**options, lock=locked))
    return Archive(store, settings.TRANSCRIPT_PART_BYTES)


def load(row: Conversation) -> Opened | None:
    """Archive.load of the transcript of this row. Whoever waits for the store keeps no connection to the database from
    others."""
    lend_back()
    return archive().load(row.owner_id, row.id)


def change(row: Conversation, act: Callable[[Transcript], object], *, again: bool = False) -> Opened:
    """Archive.change of the transcript of this row; waits as `load` does."""
    lend_back()
    return archive().change(row.owner_id, row.id, act, again=again)


async def on_a_thread(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls the store without holding up the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: act(*args, **kwargs))


async def looked_up(
    act: Callable[Concatenate[Transcript, P], T], transcript: Transcript, *args: P.args, **kwargs: P.kwargs
) -> T:
    """What `act` finds in a transcript. Only parts have to be fetched: one without them costs no thread."""
    if transcript.parts:
        return await on_a_thread(act, transcript, *args, **kwargs)
    return act(transcript, *args, **kwargs)


def at_once(act: Callable[[S], T], items: Iterable[S]) -> list[T]:
    """Calls the store for each of them, on all threads; what comes back is in the order of the items."""
    calls = [_threads.submit(act, item) for item in items]
    try:
        return [call.result() for call in calls]
    finally:
        for call in calls:
            call.cancel()


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting in {"CONVERSATION_STORE", "TRANSCRIPT_PART_BYTES"}:
        archive.cache_clear()


setting_changed.connect(_forget)
