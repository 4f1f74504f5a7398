"""Which models answer whom, what they are called, and what their failures are called."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.preferences import preferences
from accounts.tokens import token_of
from conversations.facets import Settings
from conversations.instructions import system_prompt
from conversations.tuning import sampling_of
from llm import Message, catalog, local_servers, sources
from llm.backends import backend_for
from llm.config import Config, Sampling, Server
from llm.errors import LLMError
from llm.model import Model, first_that_talks

T = TypeVar("T")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class Asker:
    """Who asks, with whose key, and which model they have chosen now; empty is the conversation's."""

    owner: User
    config: Config
    model: str = ""


@dataclass(frozen=True)
class Terms:
    """How a model is asked to go on with a conversation: which one, with whose key, told what beside what was said."""

    config: Config
    model: str
    instead_of: str | None = None
    """The model that was chosen, where it is not there any more."""
    sampling: Sampling = field(default_factory=Sampling)
    examples: tuple[Message, ...] = ()
    turns: int | None = None

    @property
    def backend(self) -> str:
        return sources.source_of(self.config, self.model)[0].config.backend


@dataclass(frozen=True)
class Offer:
    model: str
    name: str
    notice: str


def config_of(owner: User) -> Config:
    """The site's, with what is the user's own. Waits for the database."""
    token = token_of(owner.id)
    return config_with(token.access if token else None)


def config_with(token: str | None) -> Config:
    """The site's, with a user's own token of Hugging Face in the place of the site's. Who has one on a site without any
    model of its own has brought the router's models."""
    config: Config = settings.LLM
    if token is None:
        return config
    if config.backend == sources.GUIDE:
        models = () if config.models == (catalog.ANY,) else config.models
        return replace(config, backend="huggingface", hf_token=token, models=models)
    return replace(config, hf_token=token)


async def terms(config: Config, owner: User, chosen: Settings) -> Terms:
    """Raises `LLMError` where there is no model at all."""
    config = await _with_local_servers(config)
    choice = await catalog.choose(config, chosen.model or _default_of(owner))
    raw = chosen.raw()
    known = sampling_of(raw)
    turns = raw.get("turns")
    prompt = system_prompt(config.system_prompt, preferences(owner.preferences), raw)
    return Terms(
        replace(config, system_prompt=prompt, asker=str(owner.id)),
        choice.model,
        choice.instead_of,
        Sampling(**known),
        tuple(_examples(raw.get("examples"))),
        turns if isinstance(turns, int) and turns > 0 else None,
    )


async def offer(config: Config, owner: User, chosen: str | None = None) -> Offer:
    """What answers here. A server that does not answer now is no reason to show no page."""
    config = await _with_local_servers(config)
    try:
        choice = await catalog.choose(config, chosen or _default_of(owner), seconds=catalog.PAGE_SECONDS)
    except LLMError as error:
        return Offer("", _("No model"), _(error.sentence))
    notice = instead_notice(choice.instead_of, choice.model) if choice.instead_of else ""
    return Offer(choice.model, model_name(choice.model), notice)


def offered(config: Config, owner: User, chosen: str | None = None) -> Offer:
    """As `offer`, for a thread. With nothing to wait for it makes no trip to the loop and back, which takes half a
    millisecond."""
    if settings.LLM.backend != sources.GUIDE and catalog.is_at_hand(config):
        # Where a list has grown old this very moment, only the loop can ask for a new one.
        with suppress(RuntimeError):
            return _at_once(offer(config, owner, chosen))
    return async_to_sync(offer)(config, owner, chosen)


def _at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        coroutine.send(None)
    except StopIteration as ended:
        result: T = ended.value
        return result
    coroutine.close()
    raise RuntimeError("there was something to wait for")


async def models(config: Config, chosen: str = "") -> Sequence[Model]:
    """What may be chosen, and what was, also while its server does not answer."""
    config = await _with_local_servers(config)
    try:
        found = await catalog.models(config, seconds=catalog.PAGE_SECONDS)
    except LLMError:
        found = ()
    if chosen and all(model.id != chosen for model in found):
        return [await catalog.model(config, chosen, seconds=0), *found]
    return found


def instead_notice(wanted: str, other: str) -> str:
    sentence = _("The model server does not offer %(model)s; %(other)s answers instead.")
    return sentence % {"model": wanted, "other": model_name(other)}


def ignored(config: Config, model: str) -> frozenset[str]:
    """What of the settings the model cannot do, by the names of the fields."""
    source, _name = sources.source_of(config, model)
    try:
        return backend_for(source.config).ignores
    except LLMError:
        return frozenset()


def choices(found: Sequence[local_servers.LocalServer]) -> list[dict[str, Any]]:
    """Those that have a model, with the one that is taken first."""
    return [
        {
            "name": server.name,
            "models": server.models,
            "choice": f"{server.name.lower()}/{first_that_talks(server.models)}",
        }
        for server in found
        if server.models
    ]


async def servers() -> tuple[local_servers.LocalServer, ...]:
    """Model servers on this machine, looked for only while the guide answers, on a site for this machine alone."""
    if settings.LLM.backend != sources.GUIDE or settings.HOST not in LOOPBACK:
        return ()
    return await local_servers.found(settings.PORT)


async def _with_local_servers(config: Config) -> Config:
    """They can be chosen like all others."""
    found = tuple(Server(name=server.name.lower(), base_url=server.base_url) for server in await servers())
    return replace(config, servers=(*config.servers, *found)) if found else config


def _default_of(owner: User) -> str | None:
    return preferences(owner.preferences).model or None


def _examples(turns: Any) -> list[Message]:
    """Pairs of what a user might say and what the model is to answer then; nonsense is left out."""
    found: list[Message] = []
    for turn in turns if isinstance(turns, list) else ():
        for role in ("user", "assistant"):
            text = turn.get(role) if isinstance(turn, Mapping) else None
            if isinstance(text, str) and text.strip():
                found.append({"role": role, "content": text})
    return found


def model_name(model: str | None) -> str:
    return catalog.short_name(model, guide=f"{settings.SITE_NAME} guide") if model else _("Reply")


SENTENCES = {kind.code: kind.sentence for kind in LLMError.__subclasses__()} | {
    "store": gettext_noop(
        "The storage cannot be reached. The reply is kept aside and will be saved as soon as it is back."
    ),
    "database": gettext_noop(
        "The reply may not be saved because the database cannot be reached. Please reload in a minute."
    ),
}


def failure_sentence(code: str | None) -> str:
    """In English: who shows it puts it into the reader's language."""
    return SENTENCES.get(code or "", LLMError.sentence)
