from __future__ import annotations

import sys
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from chatsite.openid import providers
from tests.chatsite.conftest import DATABASE_PASSWORD, SECRETS, Distant
from tests.model_answers import Answer

KEPT = {**SECRETS, "DATABASE_URL": DATABASE_PASSWORD}
ECHO = f'{{"error": {{"message": "who is Bearer {SECRETS["LLM_API_KEY"]}?", "type": "auth"}}}}'
FAILURES = [
    Answer(status=401, body=ECHO),
    Answer(status=500, body=ECHO, content_type="text/html"),
    Answer(status=429, body=ECHO, headers={"X-Echo": SECRETS["LLM_API_KEY"]}),
    Answer(text="some", events=(f"data: {ECHO}\n\n",)),
    Answer(text="some", ending="reset", break_after=1),
]


def told(text: str) -> list[str]:
    return [name for name, secret in KEPT.items() if secret in text]


@pytest.mark.parametrize("failure", FAILURES, ids=["401", "500", "429", "in the stream", "cut"])
def test_a_model_server_that_repeats_the_key_does_not_spread_it(distant: Distant, failure: Answer) -> None:
    visitor = distant.site.visitor()
    distant.models.script.append(failure)
    said = visitor.say("Who am I?")
    page = visitor.http.get(f"/c/{said.conversation}/").text
    assert [request.headers["authorization"] for request in distant.models.chats[-1:]] == [
        f"Bearer {SECRETS['LLM_API_KEY']}"
    ]
    assert told(str(said.events)) == []
    assert told(page) == []
    assert told(distant.site.log.read_text(encoding="utf-8", errors="replace")) == []


def test_no_page_and_no_error_tells_a_secret(distant: Distant) -> None:
    visitor = distant.site.visitor()
    said = visitor.say("Hello")
    urls = ["/c/new/", f"/c/{said.conversation}/", "/accounts/login/", "/nothing", "/readyz", "/accounts/email/"]
    answers = [visitor.http.get(url) for url in urls]
    answers.append(visitor.http.get("/c/new/", headers={"Host": "elsewhere.example"}))
    answers.append(visitor.post(f"/c/{uuid.uuid4()}/messages/", {"text": ""}))
    answers.append(visitor.http.post("/accounts/logout/"))
    assert [url for url, answer in zip([*urls, "host", "form", "csrf"], answers, strict=True)
            if told(answer.text + str(answer.headers))] == []  # fmt: skip


def test_the_token_for_the_hub_goes_nowhere_else(distant: Distant) -> None:
    distant.site.visitor().say("Hello")
    assert SECRETS["HF_TOKEN"] not in str([request.headers for request in distant.models.requests])


def test_the_log_of_all_this_tells_none(distant: Distant) -> None:
    distant.site.visitor().say("Hello")
    log = distant.site.log.read_text(encoding="utf-8", errors="replace")
    assert "DEBUG" in log
    assert told(log) == []


def test_the_error_page_for_developers_tells_none(settings: Any) -> None:
    for name, secret in SECRETS.items():
        setattr(settings, name, secret)
    settings.LLM = replace(settings.LLM, hf_token=SECRETS["HF_TOKEN"], api_key=SECRETS["LLM_API_KEY"])
    settings.SOCIALACCOUNT_PROVIDERS = providers("client", SECRETS["SECRET_KEY"], ["openid"], "https://huggingface.co")
    settings.BUCKETEER = {"access_key": "AKEY", "secret_key": SECRETS["AWS_SECRET_ACCESS_KEY"]}
    settings.DATABASE = {**settings.DATABASE, "PASSWORD": DATABASE_PASSWORD}
    try:
        raise RuntimeError("on the way")
    except RuntimeError:
        reporter = ExceptionReporter(RequestFactory().get("/"), *sys.exc_info())
    shown = reporter.get_traceback_data()["settings"]
    assert shown["LLM"] == settings.LLM
    assert told(str(shown)) == []
