"""Which model answers here, what it is called, and what its failures are called."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

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
        return Offer("", _("No model"), _(error.sentence))
    notice = ""
    if choice.instead_of:
        sentence = _("The model server does not offer %(model)s; %(other)s answers instead.")
        notice = sentence % {"model": choice.instead_of, "other": model_name(choice.model)}
    return Offer(choice.model, model_name(choice.model), notice)


async def servers() -> tuple[catalog.LocalServer, ...]:
    """Model servers on this machine the operator could connect, asked for only while the guide answers."""
    if settings.LLM.backend != "guide":
        return ()
    return await catalog.local_servers(settings.PORT)


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
