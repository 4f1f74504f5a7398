"""What the operator can do about a bucket that refuses. Sentences, never a secret in them."""

from __future__ import annotations

KEYS = "The credentials for {name} are refused: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
RIGHTS = "{name} denies access: allow s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket."
REGION = "{name} is in another region: set AWS_REGION to it."
CONDITIONS = "{name} is on a server that knows no conditional writes: use another one."
REFUSALS = {
    "NoSuchBucket": "{name} does not exist: make it, or correct CONVERSATION_STORE.",
    "InvalidAccessKeyId": KEYS,
    "InvalidClientTokenId": KEYS,
    "SignatureDoesNotMatch": KEYS,
    "InvalidToken": KEYS,
    "ExpiredToken": KEYS,
    "AuthFailure": KEYS,
    "AccessDenied": RIGHTS,
    "AllAccessDisabled": RIGHTS,
    "403": RIGHTS,
    "PermanentRedirect": REGION,
    "AuthorizationHeaderMalformed": REGION,
    "IllegalLocationConstraintException": REGION,
    "301": REGION,
    "NotImplemented": CONDITIONS,
    "501": CONDITIONS,
    "RequestTimeTooSkewed": "{name} refuses requests because this machine's clock is wrong: set it.",
}
UNKNOWN = "{name} does not answer as it should: try again, then look at its server."
NO_KEYS = "There are no credentials for {name}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
UNREACHABLE = "{name} cannot be reached ({why}): check the network and AWS_ENDPOINT_URL_S3."


def advice(code: str, name: str) -> str:
    """For the code of an S3 error."""
    return REFUSALS.get(code, UNKNOWN).format(name=name)
