"""Which models there are, and which one answers when none was chosen.

Each server is asked for its list once in a while, in the background: what it said last is what a page shows. A server
that does not answer hides its own models and nobody else's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass, field, replace
from functools import partial

from llm import errors
from llm.config import Config
from llm.errors import LLMError
from llm.model import Model, first_that_talks
from llm.sources import GUIDE, POLICIES, Source, source_of, sources

ROUTER_MODEL = "google/gemma-2-9b-it"
GUIDE_NAME = "Chatsite guide"
ANY = "*"

LIST_SECONDS = 60.0
FAILURE_SECONDS = 10.0
OLD_SECONDS = 24 * 60 * 60.0
PAGE_SECONDS = 0.3
"""How long a page waits for lists that nobody has asked for yet."""


@dataclass(frozen=True, slots=True)
class Choice:
    model: str
    instead_of: str | None = None
    """The model that was wanted, where it is not served or not offered any more."""


async def default_model(config: Config, *, seconds: float | None = None) -> Choice:
    """The first of the configured models that is served. What is not known within `seconds` is taken to be served.

    Raises `LLMError` only where the servers' lists are all there is to choose from.
    """
    # Whoever waits for the first of them waits for the others at the same time.
    await _ask_all(config, seconds or 0)
    seconds = 0 if seconds else seconds
    instead_of: str | None = None
    failure: LLMError | None = None
    for entry in _configured(config):
        if not entry.endswith(ANY):
            if await _is_served(config, entry, seconds):
                return Choice(entry, instead_of)
            instead_of = instead_of or entry
            continue
        for source in _matching(config, entry):
            if GUIDE == source.config.backend != config.backend:
                # It is there to be chosen, and no substitute for a model.
                continue
            try:
                served = await _served(source, seconds)
            except LLMError as error:
                failure = failure or error
                continue
            if served:
                return Choice(first_that_talks(served), instead_of)
    if instead_of:
        # None of the configured ones is there, and the one that is beats none.
        source, _ = source_of(config, instead_of)
        return Choice(first_that_talks(await _served(source, seconds)), instead_of)
    raise failure or errors.NotFound("the server lists no model")


async def choose(config: Config, wanted: str | None, *, seconds: float | None = None) -> Choice:
    """The model a user has chosen, or the default one where that is not offered any more. Raises as `default_model`."""
    if not wanted:
        return await default_model(config, seconds=seconds)
    if _is_offered(config, wanted) and await _is_served(config, wanted, seconds):
        return Choice(wanted)
    default = await default_model(config, seconds=seconds)
    return default if default.model == wanted else Choice(default.model, instead_of=wanted)


async def models(config: Config, *, seconds: float | None = None) -> tuple[Model, ...]:
    """What a user may choose from, the default first. Raises `LLMError` as `default_model` does."""
    first = (await default_model(config, seconds=seconds)).model
    seconds = 0 if seconds else seconds
    lists = {
        source.prefix + source.label: known
        for source in sources(config)
        for known in [await _known(source, seconds)]
        if known is not None
    }
    found = {first: await model(config, first, seconds=0)}
    for entry in _configured(config):
        if entry.endswith(ANY):
            for source in _matching(config, entry):
                more = lists.get(source.prefix + source.label, {})
                found |= {name: one for name, one in more.items() if name not in found}
        elif entry not in found and await _is_served(config, entry, 0):
            found[entry] = await model(config, entry, seconds=0)
    return tuple(found.values())


async def model(config: Config, name: str, *, seconds: float | None = None) -> Model:
    """What is known of a model; never raises."""
    source, _ = source_of(config, name)
    found = _found(await _known(source, seconds) or {}, name, source)
    if found is None:
        return Model(name, short_name(name), source.label)
    if found.id == name:
        return found
    # One of the router's providers has a window of its own.
    policy = name.rpartition(":")[2]
    provider = next((one for one in found.providers if one.name == policy), None)
    window = provider.context_length if provider and provider.context_length else found.context_length
    return replace(found, id=name, name=short_name(name), context_length=window)


def short_name(model: str, guide: str = GUIDE_NAME) -> str:
    """`google/gemma-2-9b-it` is shown as gemma-2-9b-it."""
    if model == GUIDE:
        return guide
    path = model.replace("\\", "/").rstrip("/")
    return path.rpartition("/")[2].removesuffix(".gguf") or model


Listed = Mapping[str, Model]
"""By id, in the server's order."""


@dataclass(slots=True)
class _List:
    models: tuple[Model, ...] = ()
    failure: LLMError | None = None
    until: float = 0.0
    asking: asyncio.Task[None] | None = None
    names: dict[tuple[str, str], Listed] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        return self.until > 0

    def called(self, prefix: str, label: str) -> Listed:
        """As a site names them; every page asks, and there may be thousands."""
        if (prefix, label) not in self.names:
            named = (replace(one, id=f"{prefix}{one.id}", name=short_name(one.id), server=label) for one in self.models)
            self.names[prefix, label] = {one.id: one for one in named}
        return self.names[prefix, label]


_lists: dict[tuple[str, str | None], _List] = {}


def forget() -> None:
    """Drops what servers have said, so that the next question asks them again."""
    _lists.clear()


def _configured(config: Config) -> tuple[str, ...]:
    if config.backend == GUIDE:
        return (GUIDE, ANY)
    if config.models:
        return config.models
    return (ANY,) if config.base_url or config.servers else (ROUTER_MODEL, ANY)


def _is_offered(config: Config, name: str) -> bool:
    """A policy or a provider of the router's is offered with its model."""
    source, _ = source_of(config, name)
    bare = name.rpartition(":")[0] if source.is_router and ":" in name else name
    return any(
        entry in (name, bare) or (entry.endswith(ANY) and source in _matching(config, entry))
        for entry in _configured(config)
    )


def _matching(config: Config, entry: str) -> list[Source]:
    """The servers all of whose models `*`, or `name/*`, stands for."""
    prefix = entry.removesuffix(ANY)
    return [source for source in sources(config) if not prefix or source.prefix == prefix]


async def _is_served(config: Config, name: str, seconds: float | None) -> bool:
    """Of a server that does not say what it serves, anything is believed; the router is not waited for."""
    source, _ = source_of(config, name)
    known = await _known(source, 0 if source.is_router else seconds)
    return not known or _found(known, name, source) is not None


async def _ask_all(config: Config, seconds: float) -> None:
    if not is_at_hand(config):
        await asyncio.gather(*(_known(source, seconds) for source in sources(config)))


def is_at_hand(config: Config) -> bool:
    """Whether what is asked here is answered without waiting for anything."""
    known = [_lists.get(source.key) for source in sources(config) if source.lists]
    return all(one and one.until >= time.monotonic() and not one.failure for one in known)


async def _known(source: Source, seconds: float | None) -> Listed | None:
    try:
        return await _served(source, seconds)
    except LLMError:
        return None


def _found(known: Listed, name: str, source: Source) -> Model | None:
    """Ollama lists `llama3:latest` and means `llama3`; behind a router's model may stand who is to serve it, or how."""
    if one := known.get(name) or known.get(f"{name}:latest"):
        return one
    bare, _, policy = name.rpartition(":")
    one = known.get(bare) if source.is_router else None
    return one if one and (policy in POLICIES or policy in {provider.name for provider in one.providers}) else None


async def _served(source: Source, seconds: float | None) -> Listed:
    """Its list, at once where one is known; a new one is on its way when that is old. A page does not wait for a server
    that has failed either. Raises `LLMError`."""
    if not source.lists:
        return _unlisted(source)
    if source.key not in _lists:
        _forget_old()
    known = _lists.setdefault(source.key, _List())
    if known.until < time.monotonic() and known.asking is None:
        # It outlives the request that happens to be the first to ask.
        known.asking = asyncio.get_running_loop().create_task(_ask(source, known), context=Context())
        known.asking.add_done_callback(partial(_asked_for, known))
    if known.asking and (not known.is_known or (known.failure and seconds is None)):
        await asyncio.wait([known.asking], timeout=seconds)
    if not known.is_known:
        raise errors.Unavailable("the list of models has not come yet")
    if known.failure:
        raise type(known.failure)(known.failure.detail, retry_after=known.failure.retry_after)
    return known.called(source.prefix, source.label)


def _forget_old() -> None:
    """Users with a token of their own come and go, and each has a list."""
    for key, known in list(_lists.items()):
        if known.asking is None and known.until < time.monotonic() - OLD_SECONDS:
            del _lists[key]


async def _ask(source: Source, known: _List) -> None:
    try:
        known.models, known.failure = await _asked(source.config), None
        known.names.clear()
        known.until = time.monotonic() + LIST_SECONDS
    except LLMError as error:
        known.models, known.failure = (), error
        known.until = time.monotonic() + FAILURE_SECONDS


def _asked_for(known: _List, _: asyncio.Task[None]) -> None:
    known.asking = None


async def _asked(config: Config) -> tuple[Model, ...]:
    from llm.backends.huggingface import listing  # noqa: PLC0415  the guide does without the hub's client

    return await listing.models(config)


def _unlisted(source: Source) -> Listed:
    if source.config.backend == GUIDE:
        return {GUIDE: Model(GUIDE, GUIDE_NAME, source.label)}
    return {name: Model(name, short_name(name), source.label) for name in source.config.models}
