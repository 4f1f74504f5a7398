"""A model of transformers in this process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import ClassVar

from llm import errors
from llm.backends.base import Backend, Message
from llm.backends.local import fetch, loading
from llm.backends.local.loading import Spec
from llm.backends.local.worker import Request, Worker
from llm.chunk import Chunk
from llm.config import Config, Sampling


class Local(Backend):
    """One model loaded once per process, which speaks to one after the other; `Config.asker` shares it fairly."""

    # transformers knows a penalty of its own only, which means something else.
    ignores: ClassVar[frozenset[str]] = frozenset({"frequency_penalty", "presence_penalty"})

    def warm(self) -> None:
        for model in self.config.models[:1]:
            _worker(self.config, model).load()

    async def reply(self, messages: Sequence[Message], model: str, sampling: Sampling) -> AsyncGenerator[Chunk, None]:
        if self.config.models and model not in self.config.models:
            raise errors.NotFound(f"{model} is none of LLM_MODELS")
        worker = _worker(self.config, model)
        request = Request(messages, sampling, self.config)
        worker.submit(request)
        try:
            async with aclosing(request.chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            worker.withdraw(request)

    def context_length(self, model: str) -> int | None:
        worker = Worker.known(_spec(self.config, model))
        if worker and worker.loaded:
            return worker.loaded.limit
        try:
            folder = fetch.folder_of(model)
        except errors.NotFound:
            return None
        return loading.stated_limit(folder) if folder else None

    def count_tokens(self, model: str, text: str) -> int | None:
        worker = Worker.known(_spec(self.config, model))
        return len(worker.loaded.vocabulary.encode(text, special=False)) if worker and worker.loaded else None


def _worker(config: Config, model: str) -> Worker:
    return Worker.of(_spec(config, model), config.hf_token)


def _spec(config: Config, model: str) -> Spec:
    return Spec(model, config.device, config.dtype, config.quantization)
