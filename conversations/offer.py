"""Which model answers here, what it is called, and what its failures are called."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from llm import catalog
from llm.errors import LLMError


@dataclass(frozen=True)
class Offer:
    model: str
    name: str
    notice: str


async def offer() -> Offer:
    """What answers a new conversation. A server that does not answer now is no reason to show no page."""
    try:
        choice = await catalog.default_model(settings.LLM)
    except LLMError as error:
        return Offer("", "No model", error.sentence)
    notice = ""
    if choice.instead_of:
        notice = f"The model server does not offer {choice.instead_of}; {model_name(choice.model)} answers instead."
    return Offer(choice.model, model_name(choice.model), notice)


async def servers() -> tuple[catalog.LocalServer, ...]:
    """Model servers on this machine the operator could connect, asked for only while the guide answers."""
    if settings.LLM.backend != "guide":
        return ()
    return await catalog.local_servers(settings.PORT)


def model_name(model: str | None) -> str:
    return catalog.short_name(model, guide=f"{settings.SITE_NAME} guide") if model else "Reply"


SENTENCES = {kind.code: kind.sentence for kind in LLMError.__subclasses__()} | {
    "store": "The storage cannot be reached. The reply is kept aside and will be saved as soon as it is back.",
    "database": "The reply may not be saved because the database cannot be reached. Please reload in a minute.",
}


def failure_sentence(code: str | None) -> str:
    return SENTENCES.get(code or "", LLMError.sentence)
