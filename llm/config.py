"""What `llm` has to be told: once for the process (`configure`), or with a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

SYSTEM_PROMPT = (
    "You are a polite, concise and truthful assistant. If you do not know something, say so. "
    "Answer in the language of the question and use Markdown where it helps."
)


ROUTER = "https://router.huggingface.co/v1"
PREPROMPT = "A conversation between a Human and a Bot. The Bot is polite, concise and truthful."


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One more OpenAI-compatible server. Its models are called `name/model`; the key is for it alone."""

    name: str
    base_url: str
    api_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Times are seconds. `models` empty means the default model on the router, and `*` (whatever the
    server lists) on a `base_url`. `hf_token` is for the router only, `api_key` for `base_url`.

    `base_models` know no chat: they are given a dialogue of `speakers` that begins with `preprompt`, over
    `/v1/completions`; the local backend sees by itself which model is one. `device`, `dtype` and `quantization`
    are for the local backend; empty means what suits the machine. `asker` is whoever a call is made for: nobody
    has a second turn at the local model before all others who wait have had one.
    """

    backend: Literal["guide", "huggingface", "transformers"] = "guide"
    hf_token: str | None = field(default=None, repr=False)
    router: str = ROUTER
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    servers: tuple[Server, ...] = ()
    models: tuple[str, ...] = ()
    base_models: tuple[str, ...] = ()
    preprompt: str = PREPROMPT
    speakers: tuple[str, str] = ("Human", "Bot")
    device: str = ""
    dtype: str = ""
    quantization: str = ""
    context_length: int = 8192
    """Tokens a model is taken to have room for where its server does not say."""
    download_token: str | None = field(default=None, repr=False)
    """The site's, with which models are fetched from the hub; `hf_token` may be a user's own."""
    asker: str = ""
    at_once: int | None = None
    """How many replies a server is asked for at the same time, by this process; more wait in line."""
    titles: bool = True
    title_model: str | None = None
    system_prompt: str = SYSTEM_PROMPT
    connect_timeout: float = 5.0
    first_timeout: float = 120.0
    idle_timeout: float = 60.0
    total_timeout: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the model picks its words; None leaves a choice to the server."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop: tuple[str, ...] | None = None
    seed: int | None = None


class _Current:
    config = Config()


def configure(config: Config) -> None:
    """Makes `config` the one of every call that brings none of its own."""
    _Current.config = config


def current() -> Config:
    return _Current.config
