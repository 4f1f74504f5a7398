"""Text encrypted at rest: readable with ENCRYPTION_KEY, or one before it, and for the owner it is sealed for only."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

PURPOSE = b"chatsite accounts.vault"
"""Another purpose would have another key, made of the same setting."""

FORM = "1."
NONCE = 12


@sensitive_variables()
def seal(text: str, owner: str) -> str:
    nonce = os.urandom(NONCE)
    cipher = _cipher(settings.ENCRYPTION_KEY)
    return FORM + urlsafe_b64encode(nonce + cipher.encrypt(nonce, text.encode(), owner.encode())).decode()


@sensitive_variables()
def unseal(sealed: str, owner: str) -> str | None:
    """None for what another key, or for somebody else, has sealed, and for what is damaged."""
    keys = [settings.ENCRYPTION_KEY, *settings.ENCRYPTION_KEY_FALLBACKS]
    return next((text for key in keys if (text := _opened(sealed, owner, key)) is not None), None)


def is_current(sealed: str, owner: str) -> bool:
    """Whether ENCRYPTION_KEY alone opens it."""
    return _opened(sealed, owner, settings.ENCRYPTION_KEY) is not None


@sensitive_variables()
def _opened(sealed: str, owner: str, key: str) -> str | None:
    try:
        data = urlsafe_b64decode(sealed.removeprefix(FORM).encode())
        return _cipher(key).decrypt(data[:NONCE], data[NONCE:], owner.encode()).decode()
    except (InvalidTag, ValueError):
        return None


@sensitive_variables()
def _cipher(key: str) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode()))
