"""Tokens of a provider that are not for this site, or not any more, let nobody in."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.test_hugging_face import sign_in
from tests.openid_provider import CLIENT, Provider

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-client"},
        {"aud": ["another-client", "a-third"]},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"exp": time.time() - 3600},
    ],
    ids=["another client", "other clients", "no client", "another provider", "of an hour ago"],
)
def test_a_token_that_is_not_for_this_site_lets_nobody_in(
    client: Client, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    answer = sign_in(client)
    assert answer.status_code < 500
    assert not User.objects.exists()
    assert "_auth_user_id" not in client.session


def test_one_that_is_for_this_site_among_others_does(client: Client, provider: Provider) -> None:
    provider.claims = {"aud": [CLIENT]}
    sign_in(client)
    assert User.objects.get().username == "dora"
