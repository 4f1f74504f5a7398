"""One model, loaded once, and the thread in which it speaks: to one after the other."""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import ClassVar

from llm import errors
from llm.backends.base import Message
from llm.backends.local import fetch, loading
from llm.backends.local.generation import Cancelled, speak
from llm.backends.local.loading import Loaded, Spec
from llm.backends.local.prompt import written
from llm.chunk import Chunk, Waiting
from llm.config import Config, Sampling
from llm.line import Line

PROGRESS_SECONDS = 0.25
EXIT_SECONDS = 5.0
"""How long the process, when it ends, waits for a step of the model."""

_log = logging.getLogger(__name__)


class Request:
    """A reply somebody waits for, in the event loop in which this is made."""

    def __init__(self, messages: Sequence[Message], sampling: Sampling, config: Config) -> None:
        self.messages = messages
        self.sampling = sampling
        self.config = config
        self.asker = config.asker
        self.cancelled = threading.Event()
        self.waiting: Waiting | None = None
        self._loop = asyncio.get_running_loop()
        self._heard: asyncio.Queue[Chunk | errors.LLMError] = asyncio.Queue()

    def tell(self, news: Chunk | errors.LLMError) -> None:
        """From any thread."""
        try:
            self._loop.call_soon_threadsafe(self._heard.put_nowait, news)
        except RuntimeError:  # the loop has been closed
            self.cancelled.set()

    def wait(self, waiting: Waiting) -> None:
        if waiting != self.waiting:
            self.waiting = waiting
            self.tell(Chunk(waiting=waiting))

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        while True:
            news = await self._heard.get()
            if isinstance(news, errors.LLMError):
                raise news
            yield news
            if news.finish:
                return


class Worker:
    """Holds a model. What goes wrong with one reply, or with the loading, is told to who waits; the thread lives on."""

    _all: ClassVar[dict[Spec, Worker]] = {}
    _guard = threading.Lock()

    @classmethod
    def of(cls, spec: Spec, token: str | None = None) -> Worker:
        """The one of this process. `token` is for the hub, should the model have to be downloaded."""
        with cls._guard:
            worker = cls._all.setdefault(spec, cls(spec))
            worker.token = token or worker.token
            return worker

    @classmethod
    def known(cls, spec: Spec) -> Worker | None:
        return cls._all.get(spec)

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.token: str | None = None
        self.loaded: Loaded | None = None
        self._line: Line[Request] = Line()
        self._running: Request | None = None
        self._preparing = Waiting(what="loading")
        self._wanted = False
        self._closed = False
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def load(self) -> None:
        """Begins to load the model, where it is not loaded."""
        with self._news:
            self._wanted = True
            self._start()

    def submit(self, request: Request) -> None:
        with self._news:
            self._line.join(request)
            self._start()
            self._announce()

    def withdraw(self, request: Request) -> None:
        request.cancelled.set()
        with self._news:
            self._line.leave(request)
            self._announce()

    def close(self) -> None:
        """Ends the thread after the step it is at."""
        with self._news:
            self._closed = True
            if self._running:
                self._running.cancelled.set()
            self._news.notify()
        if self._thread:
            self._thread.join(EXIT_SECONDS)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"model {self.spec.model}", daemon=True)
            self._thread.start()
            # A thread that is killed within torch takes the process down with a crash.
            atexit.register(self.close)
        self._news.notify()

    def _announce(self) -> None:
        """Tells everybody in the line what they wait for, where that has changed."""
        before = int(self._running is not None)
        for place, request in enumerate(self._line, before):
            if self.loaded is None:
                request.wait(self._preparing)
            elif place:
                request.wait(Waiting(what="queued", place=place))

    def _work(self) -> None:
        while self._has_work():
            if self.loaded is None:
                self._load()
            else:
                self._serve(self.loaded)

    def _has_work(self) -> bool:
        with self._news:
            while not self._closed and not len(self._line) and not (self._wanted and self.loaded is None):
                self._news.wait()
            return not self._closed

    def _load(self) -> None:
        failure: errors.LLMError | None = None
        try:
            folder = fetch.folder_of(self.spec.model)
            folder = folder or fetch.download(self.spec.model, self.token, self._downloading())
            self._prepare(Waiting(what="loading"))
            began = time.monotonic()
            loaded = loading.load(folder, self.spec)
            _log.info("%s was loaded in %.1f s", self.spec.model, time.monotonic() - began)
        except Exception as error:  # noqa: BLE001
            failure = loading.failure_of(error)
            _log.warning("%s cannot be loaded: %s %s", self.spec.model, failure.code, failure.detail)
        with self._news:
            self._wanted = False
            if failure is None:
                self.loaded = loaded
                self._announce()
                return
            while len(self._line):
                self._line.next().tell(failure)

    def _downloading(self) -> Callable[[int, int], None]:
        told = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal told
            if time.monotonic() - told > PROGRESS_SECONDS or done == total:
                told = time.monotonic()
                self._prepare(Waiting(what="downloading", done=done, total=total))

        return progress

    def _prepare(self, waiting: Waiting) -> None:
        with self._news:
            self._preparing = waiting
            self._announce()

    def _serve(self, loaded: Loaded) -> None:
        with self._news:
            if not len(self._line):
                # Who asked has left since.
                return
            self._running = request = self._line.next()
            if request.waiting:
                request.wait(Waiting(what="queued", place=0))
            self._announce()
        end: Chunk | errors.LLMError | None = None
        try:
            end = self._answer(request, loaded)
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001
            end = self._failed(error)
        if isinstance(end, errors.Unavailable):
            loading.give_memory_back()
        # First: who asks again on hearing of the end has nobody before them.
        with self._news:
            self._running = None
            self._announce()
        if end:
            request.tell(end)

    def _answer(self, request: Request, loaded: Loaded) -> Chunk:
        prompt = written(request.messages, loaded.vocabulary.tokenizer, self.spec.model, request.config)
        return speak(
            loaded,
            prompt,
            request.sampling,
            request.config,
            tell=request.tell,
            cancelled=request.cancelled.is_set,
        )

    def _failed(self, error: Exception) -> errors.LLMError:
        failure = loading.failure_of(error)
        if not isinstance(error, errors.LLMError):
            _log.error("%s failed", self.spec.model, exc_info=error)
        return failure
