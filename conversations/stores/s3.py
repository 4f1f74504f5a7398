"""A bucket of S3 or of a server that speaks its protocol."""

from __future__ import annotations

import os
import random
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from conversations.store import (
    Conflict,
    Gone,
    S3Options,
    Stored,
    StoreUnavailable,
    checked,
    checked_prefix,
)

ATTEMPTS = 4
CONNECTIONS = 32
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
BUSY = {"ConditionalRequestConflict", "OperationAborted"}
MISSING = {"NoSuchKey", "NotFound", "404"}
KEYS = "The credentials for {name} are refused: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
RIGHTS = "{name} denies access: allow s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket."
REGION = "{name} is in another region: set AWS_DEFAULT_REGION to it."
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


class S3Store:
    def __init__(self, bucket: str, prefix: str = "", options: S3Options | None = None) -> None:
        self.name = f"the bucket {bucket}"
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        self.options = options or S3Options()
        self._lock = Lock()
        self._client: Any = None
        self._pid = 0

    @classmethod
    def at(cls, place: str, options: S3Options) -> S3Store:
        bucket, _, prefix = place.partition("/")
        prefix = prefix.strip("/")
        if not BUCKET.fullmatch(bucket):
            raise ValueError("s3:// needs the name of a bucket, as in s3://my-bucket/chatsite")
        try:
            checked(prefix or bucket)
        except ValueError:
            raise ValueError("the prefix after s3://BUCKET/ is not one that keys can have") from None
        return cls(bucket, prefix, options)

    def get(self, key: str) -> Stored | None:
        name = self._key(key)
        with self._outages():
            for attempt in range(1, ATTEMPTS):
                try:
                    found = self._s3().get_object(Bucket=self.bucket, Key=name)
                    return Stored(found["Body"].read(), found["ETag"])
                except ClientError as error:
                    if _code(error) == "NoSuchKey":
                        return None
                    raise
                except BotoCoreError:
                    # boto3 tries a request again, but not a body that broke off on its way.
                    if attempt == ATTEMPTS - 1:
                        raise
        raise AssertionError("unreachable")

    def put(self, key: str, data: bytes, tag: str | None) -> str:
        writer = uuid.uuid4().hex
        with self._outages():
            for attempt in range(ATTEMPTS):
                try:
                    return self._put(key, data, tag, writer)
                except ClientError as error:
                    if _code(error) not in BUSY:
                        raise
                    time.sleep(random.uniform(0.02, 0.1) * 2**attempt)  # noqa: S311
        raise Conflict(f"{key} is being written by others")

    def delete(self, key: str) -> None:
        # Never under a condition: some servers ignore it and delete all the same.
        with self._outages():
            self._s3().delete_object(Bucket=self.bucket, Key=self._key(key))

    def keys(self, prefix: str) -> Iterator[str]:
        whole = self.prefix + checked_prefix(prefix)
        with self._outages():
            for page in (
                self._s3().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=whole)
            ):
                for entry in page.get("Contents", ()):
                    yield entry["Key"].removeprefix(self.prefix)

    def check(self) -> None:
        with self._outages():
            self._s3().list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)

    def _put(self, key: str, data: bytes, tag: str | None, writer: str) -> str:
        name = self._key(key)
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        try:
            put = self._s3().put_object(
                Bucket=self.bucket,
                Key=name,
                Body=data,
                ContentType="application/json",
                Metadata={"writer": writer},
                **condition,
            )
        except ClientError as error:
            code = _code(error)
            if code == "NoSuchKey" and tag is not None:
                raise Gone(f"{key} is not there any more") from None
            if code not in {"PreconditionFailed", "412"}:
                raise
            return self._own_write(key, name, writer, replacing=tag is not None)
        return str(put["ETag"])

    def _own_write(self, key: str, name: str, writer: str, *, replacing: bool) -> str:
        """The tag of what we wrote ourselves, or Conflict.

        When the answer to a write is lost on its way, boto3 sends the write again, and its own success is
        then what it conflicts with. The writer's mark beside the object tells the two apart.
        """
        try:
            head = self._s3().head_object(Bucket=self.bucket, Key=name)
        except ClientError as error:
            if _code(error) not in MISSING:
                raise
            # Ceph answers 412, not 404, when there is nothing to replace.
            raise (Gone if replacing else Conflict)(f"{key} has been deleted meanwhile") from None
        if head.get("Metadata", {}).get("writer") != writer:
            raise Conflict(f"{key} has another writer") from None
        return str(head["ETag"])

    def _key(self, key: str) -> str:
        return self.prefix + checked(key)

    def _s3(self) -> Any:
        """One client for all threads, since building it takes 0.1 s; a forked process shares no sockets."""
        if self._client is None or self._pid != os.getpid():
            with self._lock:
                if self._client is None or self._pid != os.getpid():
                    self._client, self._pid = self._built(), os.getpid()
        return self._client

    def _built(self) -> Any:
        session = boto3.session.Session()
        try:
            client = self._client_of(session, "auto")
            if "amazonaws.com" not in client.meta.endpoint_url:
                # Other servers seldom have a host name per bucket.
                client = self._client_of(session, "path")
        except ValueError:
            raise StoreUnavailable("AWS_ENDPOINT_URL or the region is not valid: correct it.") from None
        return client

    def _client_of(self, session: Any, addressing: Literal["auto", "path"]) -> Any:
        config = Config(
            connect_timeout=2,
            read_timeout=10,
            retries={"total_max_attempts": 3, "mode": "standard"},
            max_pool_connections=CONNECTIONS,
            signature_version="s3v4",
            s3={"addressing_style": addressing},
            # Checksums in trailers, boto3's default, are refused by many servers that are not AWS.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return session.client(
            "s3",
            config=config,
            endpoint_url=self.options.endpoint,
            region_name=self.options.region,
            aws_access_key_id=self.options.access_key,
            aws_secret_access_key=self.options.secret_key,
            aws_session_token=self.options.session_token,
        )

    @contextmanager
    def _outages(self) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            code = _code(error)
            sentence = REFUSALS.get(code, UNKNOWN).format(name=self.name)
            raise StoreUnavailable(f"{sentence} ({code})") from None
        except (NoCredentialsError, PartialCredentialsError):
            keys = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            raise StoreUnavailable(f"There are no credentials for {self.name}: {keys}.") from None
        except (BotoCoreError, OSError) as error:
            why = type(error).__name__
            advice = "check the network and AWS_ENDPOINT_URL"
            raise StoreUnavailable(f"{self.name} cannot be reached ({why}): {advice}.") from None


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
