from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chatsite.openid import providers
from tests.openid_provider import CLIENT, SECRET, Provider

SCOPES = ["openid", "profile", "email", "inference-api"]


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    """Who the site lets people sign in with."""
    with Provider() as provider:
        settings.OAUTH_CLIENT_ID, settings.OAUTH_CLIENT_SECRET = CLIENT, SECRET
        settings.OAUTH_SCOPES, settings.OPENID_PROVIDER_URL = SCOPES, provider.url
        settings.HUGGING_FACE_SIGN_IN = True
        settings.SOCIALACCOUNT_PROVIDERS = providers(CLIENT, SECRET, SCOPES, provider.url)
        yield provider
