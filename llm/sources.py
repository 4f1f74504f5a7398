"""Where models come from: the router, the server at `base_url`, further servers, this machine, the guide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from llm.config import Config

GUIDE = "guide"
ROUTER = "huggingface"
"""The router's name in the ids of its models, where another server is the first."""

ROUTER_LABEL = "Hugging Face"
POLICIES = ("fastest", "cheapest")


@dataclass(frozen=True, slots=True)
class Source:
    prefix: str
    """Before the names of its models: empty, or `name/`."""
    label: str
    config: Config
    """What a backend has to know to ask it, and nothing that belongs to another one."""

    @property
    def is_router(self) -> bool:
        return self.config.backend == "huggingface" and self.config.base_url is None

    @property
    def lists(self) -> bool:
        return self.config.backend == "huggingface"

    @property
    def key(self) -> tuple[str, str | None]:
        """Whose list it is: what one key may see is not shown to who has another."""
        return self.config.base_url or self.config.router, self.config.hf_token or self.config.api_key


def sources(config: Config) -> tuple[Source, ...]:
    """The first is the one whose models have no prefix."""
    first = _first(config)
    found = [first] if first else []
    found += [_server(config, place) for place in range(len(config.servers))]
    if config.hf_token and not any(source.is_router for source in found):
        found.append(_router(config, f"{ROUTER}/"))
    return (*found, _guide(config))


def source_of(config: Config, model: str) -> tuple[Source, str]:
    """Who serves it, and what they call it."""
    if model == GUIDE:
        return _guide(config), model
    name, _, rest = model.partition("/")
    for place, server in enumerate(config.servers):
        if rest and name == server.name:
            return _server(config, place), rest
    first = _first(config)
    if rest and name == ROUTER and not (first and first.is_router):
        return _router(config, f"{ROUTER}/"), rest
    return first or (_guide(config) if config.backend == GUIDE else _router(config, "")), model


def _first(config: Config) -> Source | None:
    if config.backend == GUIDE:
        return None
    if config.backend == "huggingface" and not config.base_url:
        # Without a token it is there only for who has one of their own, or to say that it is missing.
        return _router(config, "") if config.hf_token or not config.servers else None
    if config.backend == "transformers":
        # The hub may want a token for the download, which is everybody's: none that one user has brought.
        elsewhere = (f"{ROUTER}/", *(f"{server.name}/" for server in config.servers))
        own = tuple(name for name in config.models if not name.endswith("*") and not name.startswith(elsewhere))
        return Source(
            "", "", replace(config, hf_token=config.download_token, base_url=None, api_key=None, servers=(), models=own)
        )
    return Source("", _host(config.base_url or ""), replace(config, servers=(), hf_token=None))


def _router(config: Config, prefix: str) -> Source:
    bare = replace(config, backend="huggingface", base_url=None, api_key=None, servers=())
    return Source(prefix, ROUTER_LABEL, replace(bare, base_models=_own(config, prefix)))


def _server(config: Config, place: int) -> Source:
    server = config.servers[place]
    prefix = f"{server.name}/"
    own = replace(
        config,
        backend="huggingface",
        base_url=server.base_url,
        api_key=server.api_key,
        hf_token=None,
        servers=(),
        base_models=_own(config, prefix),
    )
    return Source(prefix, server.name, own)


def _guide(config: Config) -> Source:
    return Source("", "", replace(config, backend="guide", base_url=None, api_key=None, hf_token=None, servers=()))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _own(config: Config, prefix: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(prefix) for name in config.base_models if name == "*" or name.startswith(prefix))
