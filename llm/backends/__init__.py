"""The backends by name, imported on first use: none pays for what another one needs."""

from __future__ import annotations

from importlib import import_module

from llm.backends.base import Backend
from llm.config import Config
from llm.errors import NoSuchBackend

BACKENDS = {
    "guide": "llm.backends.guide.Guide",
    "huggingface": "llm.backends.huggingface.backend.HuggingFace",
    "transformers": "llm.backends.local.backend.Local",
}


def backend_for(config: Config) -> Backend:
    if config.backend not in BACKENDS:
        raise NoSuchBackend(f"the backend {config.backend!r} is not built in; there are {', '.join(BACKENDS)}")
    module, _, name = BACKENDS[config.backend].rpartition(".")
    backend: Backend = getattr(import_module(module), name)(config)
    return backend
