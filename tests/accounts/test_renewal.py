"""The token of a sign-in ends after some hours: it is renewed in time, by one at a time, or signing in is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import HuggingFaceToken, User
from accounts.renewal import Given
from accounts.tokens import STALE, forget, hugging_face_token, keep_given, keep_pasted, standing
from conversations import title
from conversations.writer import write
from llm import Config
from tests import outgoing
from tests.conftest import signed_in
from tests.conversations.past import talked
from tests.model_server import ModelServer
from tests.openid_provider import Provider

pytestmark = pytest.mark.django_db(transaction=True)
rows = HuggingFaceToken.objects
AGAIN = "Your token does not work any more. Sign in with Hugging Face again."


def given(user: User, provider: Provider, **left: int) -> str:
    """Signs somebody in whose token lasts that long."""
    said = provider.tokens()
    ends = timezone.now() + timedelta(**left)
    keep_given(user.id, Given(said["access_token"], said["refresh_token"], ends), "dora", wanted=True)
    return str(said["access_token"])


def now(user: User) -> str | None:
    return asyncio.run(hugging_face_token(user.id, write))


def renewals(provider: Provider) -> int:
    return len(provider.asked("/oauth/token"))


def page(user: User) -> str:
    return signed_in(user).get("/settings/").content.decode()


def test_what_lasts_is_used_as_it_is_and_nobody_is_asked(alice: User, bob: User, provider: Provider) -> None:
    access = given(alice, provider, hours=8)
    keep_pasted(bob.id, "hf_pasted")
    assert (now(alice), now(bob)) == (access, "hf_pasted")
    assert provider.requests == []


def test_who_has_none_has_none(alice: User) -> None:
    assert now(alice) is None


@pytest.mark.parametrize("left", [4, -600], ids=["about to end", "ended"])
def test_what_ends_is_renewed_and_the_new_one_is_kept(alice: User, provider: Provider, left: int) -> None:
    old = given(alice, provider, minutes=left)
    renewed = now(alice)
    assert renewed == provider.given[2] != old
    assert (now(alice), renewals(provider)) == (renewed, 1)
    assert standing(alice.id).stored


def test_it_can_be_renewed_again_and_again_though_each_refresh_token_works_once(
    alice: User, provider: Provider
) -> None:
    given(alice, provider, minutes=-1)
    provider.lasts = 1
    assert len({now(alice) for _ in range(3)}) == 3
    assert provider.refresh == {provider.given[-1]}


def test_many_who_ask_at_once_get_the_same_for_one_request(alice: User, provider: Provider) -> None:
    given(alice, provider, minutes=-1)
    provider.gate.clear()

    async def together() -> set[str | None]:
        asking = [asyncio.create_task(hugging_face_token(alice.id, write)) for _ in range(6)]
        assert await asyncio.to_thread(provider.renewing.wait, 10)
        provider.gate.set()
        return set(await asyncio.gather(*asking))

    assert asyncio.run(together()) == {provider.given[2]}
    assert renewals(provider) == 1


def test_while_another_renews_it_the_old_one_is_used_as_long_as_it_lasts(alice: User, provider: Provider) -> None:
    old = given(alice, provider, minutes=4)
    rows.update(renewing_since=timezone.now())
    assert (now(alice), renewals(provider)) == (old, 0)


def test_a_process_that_died_while_it_renewed_is_followed_by_another(alice: User, provider: Provider) -> None:
    given(alice, provider, minutes=-1)
    rows.update(renewing_since=timezone.now() - STALE - timedelta(seconds=1))
    assert now(alice) == provider.given[2]


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_one_is_forgotten_and_signing_in_again_is_asked_for(
    alice: User, provider: Provider, status: int
) -> None:
    given(alice, provider, minutes=4)
    provider.renews = status
    assert (now(alice), now(alice), renewals(provider)) == (None, None, 1)
    assert rows.get().sealed == ""
    assert AGAIN in page(alice)


def test_one_that_has_ended_and_cannot_be_renewed_asks_for_it_too(alice: User, provider: Provider) -> None:
    keep_given(alice.id, Given("hf_x", "", timezone.now() - timedelta(1)), "dora", wanted=True)
    assert now(alice) is None
    assert AGAIN in page(alice)


@pytest.mark.parametrize(
    "trouble",
    [{"renews": 500}, {"renews": 401, "problem": "invalid_client"}, {"broken": "/.well-known/openid-configuration"}],
    ids=str,
)
def test_trouble_that_is_not_the_tokens_leaves_it(
    alice: User, provider: Provider, trouble: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    old = given(alice, provider, minutes=4)
    for name, value in trouble.items():
        setattr(provider, name, value)
    assert now(alice) == old
    rows.update(expires_at=timezone.now() - timedelta(1))
    assert now(alice) is None
    assert standing(alice.id).stored
    provider.renews, provider.broken = 200, ""
    assert now(alice) == provider.given[-2] != old
    assert "could not be renewed" in caplog.text
    assert [token for token in provider.given if token in caplog.text] == []


def test_a_provider_that_is_away_leaves_it_too(alice: User, provider: Provider) -> None:
    old = given(alice, provider, minutes=4)
    provider.__exit__()
    assert now(alice) == old
    assert rows.get().renewing_since is None


@pytest.mark.parametrize("pasted", [True, False], ids=["pasted", "forgotten"])
def test_what_was_replaced_or_forgotten_meanwhile_stays_so(alice: User, provider: Provider, pasted: bool) -> None:
    given(alice, provider, minutes=-1)
    provider.gate.clear()

    async def meanwhile() -> str | None:
        asking = asyncio.create_task(hugging_face_token(alice.id, write))
        assert await asyncio.to_thread(provider.renewing.wait, 10)
        await (write(keep_pasted, alice.id, "hf_newer") if pasted else write(forget, alice.id))
        provider.gate.set()
        return await asking

    assert asyncio.run(meanwhile()) == ("hf_newer" if pasted else None)


def test_tokens_go_to_the_provider_only_and_a_redirect_is_not_followed(alice: User, provider: Provider) -> None:
    given(alice, provider, minutes=-1)
    with Provider() as other:
        provider.elsewhere = other.url
        assert now(alice) is None
    assert (other.requests, renewals(provider)) == ([], 1)
    assert standing(alice.id).stored


def test_a_sign_in_that_replaces_one_that_was_refused_is_used(alice: User, provider: Provider, client: Client) -> None:
    given(alice, provider, minutes=-1)
    provider.renews = 400
    assert now(alice) is None
    assert now(alice) is None
    access = given(alice, provider, hours=1)
    assert now(alice) == access
    assert AGAIN not in page(alice)


@pytest.fixture
def router(settings: Any) -> Iterator[ModelServer]:
    with ModelServer() as server:
        outgoing.takes_tokens(server.base_url)
        settings.LLM = Config(backend="huggingface", router=server.base_url, models=("test-model", "*"))
        yield server


def keys_sent(router: ModelServer) -> set[str]:
    return {request.headers["authorization"].removeprefix("Bearer ") for request in router.requests}


def test_models_are_listed_with_one_that_has_not_ended(alice: User, provider: Provider, router: ModelServer) -> None:
    given(alice, provider, minutes=-1)
    answer = signed_in(alice).get("/models/", headers={"accept": "application/json"})
    assert [model["id"] for model in answer.json()["models"]] == ["test-model", "other-model", "guide"]
    assert keys_sent(router) == {provider.given[2]}


def test_a_new_title_is_asked_for_with_one_that_has_not_ended(
    alice: User, provider: Provider, router: ModelServer
) -> None:
    given(alice, provider, minutes=-1)
    assert asyncio.run(title.entitle(alice, talked(alice).id))[1] == "model"
    assert keys_sent(router) == {provider.given[2]}
