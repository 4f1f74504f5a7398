"""Text encrypted at rest: readable with ENCRYPTION_KEY only, and for the owner it was sealed for only."""

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
    return FORM + urlsafe_b64encode(nonce + _cipher().encrypt(nonce, text.encode(), owner.encode())).decode()


@sensitive_variables()
def unseal(sealed: str, owner: str) -> str | None:
    """None for what another key, or for somebody else, has sealed, and for what is damaged."""
    try:
        data = urlsafe_b64decode(sealed.removeprefix(FORM).encode())
        return _cipher().decrypt(data[:NONCE], data[NONCE:], owner.encode()).decode()
    except (InvalidTag, ValueError):
        return None


def _cipher() -> AESGCM:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(settings.ENCRYPTION_KEY.encode())
    return AESGCM(key)
