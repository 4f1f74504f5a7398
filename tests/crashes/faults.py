"""In a worker: every crossing of a reply to the database, the store or its readers is a point where it can die.

A point is named by the task that crosses and by what it asks for: `Answer._finish: Archive.save: put object`. Nothing
here knows which points there are: they are met, written down, and may then be ordered to be fatal.
"""

from __future__ import annotations

import inspect
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial, wraps
from pathlib import Path
from types import FrameType
from typing import Any

from tests.crashes.orders import Order

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCT = tuple(f"{ROOT}/{app}/" for app in ("accounts", "conversations", "llm"))
PLUMBING = ("/conversations/writer.py", "/conversations/transcripts.py")
TOLD = ("start", "end", "entitle", "close")
"""What pages hear from a reply."""

STORE = {"get": "get", "put": "put", "delete": "delete", "keys": "list", "age": "age"}


class Faults:
    """Of one process. `folder` is where the orders come from, and where the points met are written down."""

    def __init__(self, folder: Path) -> None:
        self.order = folder / "order"
        self.taken = folder / "taken"
        self.points = os.open(folder / "points", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.met: dict[str, int] = {}
        self.lock = threading.Lock()
        self.here = threading.local()

    def put_in_place(self) -> None:
        from conversations import transcripts, writer  # noqa: PLC0415
        from conversations.live import LiveReply  # noqa: PLC0415
        from conversations.stores import folder  # noqa: PLC0415

        writer._in_turn = self._watched_line(writer._in_turn)
        self._watch_threads(transcripts._threads)
        store: Any = type(transcripts.archive().store)
        for name, called in STORE.items():
            setattr(store, name, self._watched(getattr(store, name), partial(_asked, called)))
        # Between the two, the new file is there and the old one still has its name.
        folder._fill = self._watched(folder._fill, partial(_plainly, "file filled"))
        for name in TOLD:
            setattr(LiveReply, name, self._watched(getattr(LiveReply, name), partial(_plainly, f"LiveReply.{name}")))

    def _watched_line(self, in_turn: Callable[..., Any]) -> Callable[..., Any]:
        async def watched(line: Any, act: partial[Any]) -> Any:
            name = f"{task_of(sys._getframe())}: {act.func.__qualname__}"

            def run() -> Any:
                with self._point(name):
                    return act()

            return await in_turn(line, run)

        return watched

    def _watch_threads(self, threads: Executor) -> None:
        submit = threads.submit

        def watched(act: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            name = f"{task_of(sys._getframe())}: {_name_of(act)}"

            def run() -> Any:
                with self._point(name):
                    return act(*args, **kwargs)

            return submit(run)

        threads.submit = watched  # type: ignore[method-assign]

    def _watched(self, act: Callable[..., Any], called: Callable[[Any], str]) -> Callable[..., Any]:
        @wraps(act)
        def run(*args: Any, **kwargs: Any) -> Any:
            outer = getattr(self.here, "point", None) or task_of(sys._getframe())
            with self._point(f"{outer}: {called(args)}"):
                return act(*args, **kwargs)

        return run

    @contextmanager
    def _point(self, name: str) -> Iterator[None]:
        outer, self.here.point = getattr(self.here, "point", None), name
        self._cross("before", name)
        try:
            yield
        finally:
            self._cross("after", name)
            self.here.point = outer

    def _cross(self, when: str, name: str) -> None:
        with self.lock:
            hit = self.met[f"{when} {name}"] = self.met.get(f"{when} {name}", 0) + 1
        os.write(self.points, f"{os.getpid()} {hit} {when} {name}\n".encode())
        order = Order.read(self.order)
        if order and order.means(when, name) and self._last_hit(order, f"{when} {name}"):
            self._die(everything=order.everything)

    def _last_hit(self, order: Order, point: str) -> bool:
        with self.lock:
            self.met[f"{order.id} {point}"] = hit = self.met.get(f"{order.id} {point}", 0) + 1
        return hit == order.hit

    def _die(self, *, everything: bool) -> None:
        try:
            # Of several workers that meet the point at once, one dies.
            claimed = self.order.rename(self.order.with_suffix(f".{os.getpid()}"))
        except FileNotFoundError:
            return
        # In a file of its own: another worker may have the order open and be about to read it.
        told = self.taken.with_suffix(f".{os.getpid()}")
        told.write_text(str(time.monotonic()))
        told.rename(self.taken)
        claimed.unlink()
        if everything:
            master = os.getppid()
            os.kill(master, signal.SIGSTOP)
            workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
            for pid in {master, *map(int, workers)} - {os.getpid()}:
                os.kill(pid, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


def task_of(frame: FrameType | None) -> str:
    """The coroutine of ours in which this task began, or the outermost function of ours outside of any."""
    found, here = "somebody", ""
    while frame:
        code = frame.f_code
        if code.co_filename.startswith(PRODUCT) and not code.co_filename.endswith(PLUMBING):
            here = code.co_qualname
            found = here if code.co_flags & inspect.CO_COROUTINE or found == "somebody" else found
        frame = frame.f_back
    return found


def _name_of(act: Callable[..., Any]) -> str:
    """The threads are handed a function that calls the one meant."""
    if inspect.isfunction(act):
        act = inspect.getclosurevars(act).nonlocals.get("act", act)
    return str(getattr(act, "__qualname__", act))


def _plainly(name: str, _: tuple[Any, ...]) -> str:
    return name


def _asked(called: str, args: tuple[Any, ...]) -> str:
    return f"{called} {'part' if '/part-' in args[1] else 'object'}"
