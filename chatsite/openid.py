"""Signing in with Hugging Face, which is an OpenID Connect provider, as django-allauth wants it said."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from chatsite.environment import refuse


def check(client: str, secret: str, scopes: list[str], url: str) -> None:
    if client and not secret:
        refuse("OAUTH_CLIENT_SECRET", "must be set too where OAUTH_CLIENT_ID is")
    if secret and not client:
        refuse("OAUTH_CLIENT_ID", "must be set too where OAUTH_CLIENT_SECRET is")
    if "openid" not in scopes:
        refuse("OAUTH_SCOPES", "must contain openid, or nobody can sign in")
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        refuse("OPENID_PROVIDER_URL", f"{url!r} must begin with https: secrets are sent there")


def providers(client: str, secret: str, scopes: list[str], url: str) -> dict[str, Any]:
    """None without a client."""
    app = {
        "provider_id": "huggingface",
        "name": "Hugging Face",
        "client_id": client,
        "secret": secret,
        "settings": {
            "server_url": url,
            "scope": scopes,
            "oauth_pkce_enabled": True,
            "token_auth_method": "client_secret_basic",
        },
    }
    return {"openid_connect": {"APPS": [app] if client else []}}
