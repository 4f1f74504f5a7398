"""What each process does beside answering requests, from its beginning to its end."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

GRACE = 10
"""Seconds for replies that nobody reads: a server that tells of its end has waited for the others by then."""

YOUNG = 5_000
"""So many more objects than before, where Python would take 700, and it looks for those that only hold each other."""

background: set[asyncio.Future[None]] = set()


async def lifespan(receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """For servers such as uvicorn, which tell of it; gunicorn's own worker is told by gunicorn.conf.py what to do."""
    from conversations import live  # noqa: PLC0415

    while True:
        what = (await receive())["type"]
        if what == "lifespan.startup":
            begin()
        else:
            await live.drain(GRACE)
        await send({"type": f"{what}.complete"})
        if what == "lifespan.shutdown":
            return


def begin() -> None:
    """On the loop of the process."""
    sweep()
    threading.Thread(target=warm, name="warm", daemon=True).start()


def sweep() -> None:
    from chatsite.sessions import keep_forgetting  # noqa: PLC0415
    from conversations.bin import keep_emptying  # noqa: PLC0415
    from conversations.closing import keep_closing  # noqa: PLC0415
    from conversations.sweep import keep_sweeping  # noqa: PLC0415

    background.add(asyncio.ensure_future(keep_sweeping()))
    background.add(asyncio.ensure_future(keep_emptying()))
    background.add(asyncio.ensure_future(keep_closing()))
    background.add(asyncio.ensure_future(keep_forgetting()))


def warm() -> None:
    """The first use of the model client costs half a second, and of a local model minutes: no visitor's time."""
    from llm.backends import backend_for  # noqa: PLC0415

    backend_for(settings.LLM).warm()
    spare_what_stays()


def spare_what_stays() -> None:
    """What is there by now stays as long as the process, and Python need not look through it for garbage.

    A look through all of it held every reply up, for up to a sixth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
