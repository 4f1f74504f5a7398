from django.apps import AppConfig
from django.conf import settings

import llm


class ChatsiteConfig(AppConfig):
    name = "chatsite"

    def ready(self) -> None:
        llm.configure(settings.LLM)
