"""Which model answers, as a page asks for it on a thread."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from accounts.models import User
from conversations import offer
from llm import Config, catalog
from tests.model_server import ModelServer


@pytest.fixture
def config(model_server: ModelServer, settings: Any) -> Iterator[Config]:
    catalog.forget()
    settings.LLM = Config(backend="huggingface", base_url=model_server.base_url, models=("*",))
    yield settings.LLM
    catalog.forget()


def test_a_list_at_hand_is_read_without_the_loop(config: Config, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not catalog.is_at_hand(config)
    first = offer.offered(config, alice, "other-model")
    monkeypatch.delattr(offer, "async_to_sync")
    assert offer.offered(config, alice, "other-model") == first
    assert (first.model, first.notice) == ("other-model", "")


def test_a_list_that_grows_old_at_that_moment_is_left_to_the_loop(
    config: Config, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = offer.offered(config, alice)
    on_the_loop: list[Any] = []

    def noted(act: Any) -> Any:
        on_the_loop.append(act)
        return async_to_sync(act)

    monkeypatch.setattr(offer, "async_to_sync", noted)
    monkeypatch.setattr(catalog, "is_at_hand", lambda config: True)
    monkeypatch.setattr(catalog, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + catalog.LIST_SECONDS))
    assert offer.offered(config, alice) == first
    assert on_the_loop == [offer.offer]
