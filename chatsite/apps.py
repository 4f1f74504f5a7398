from django.apps import AppConfig
from django.conf import settings

import llm
from watching import queries


class ChatsiteConfig(AppConfig):
    name = "chatsite"

    def ready(self) -> None:
        llm.configure(settings.LLM)
        queries.watch(settings.SLOW_QUERY_MS)
        if settings.SENTRY_DSN:
            from watching import sentry  # noqa: PLC0415

            sentry.report(settings.SENTRY_DSN)
