"""How a bucket is spoken to: the client of boto3, and how long it waits."""

from __future__ import annotations

import os
from threading import Lock
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import ProfileNotFound

from conversations.store import S3Options, StoreUnavailable

CONNECTIONS = 32
CONNECT_SECONDS = 2
SILENCE_SECONDS = 10
"""How long an answer may be silent, unless the address of the store says otherwise."""
TRIES = 3
"""How often a request is sent that gets no answer. Before it goes out again boto3 pauses for up to 1 s, then 2 s."""


class Client:
    """One for all threads, since building it takes 0.1 s; a forked process shares no sockets."""

    def __init__(self, options: S3Options, silence: int) -> None:
        self.options = options
        self.silence = silence
        self._building = Lock()
        self._built: Any = None
        self._pid = 0

    def get(self) -> Any:
        if self._built is None or self._pid != os.getpid():
            with self._building:
                if self._built is None or self._pid != os.getpid():
                    self._built, self._pid = self._build(), os.getpid()
        return self._built

    def _build(self) -> Any:
        try:
            session = boto3.session.Session()
            client = self._of(session, "auto")
            if "amazonaws.com" not in client.meta.endpoint_url:
                # Other servers seldom have a host name per bucket.
                client = self._of(session, "path")
        except (ValueError, ProfileNotFound):
            raise StoreUnavailable("AWS_ENDPOINT_URL_S3, AWS_REGION or AWS_PROFILE is not valid: correct it.") from None
        return client

    def _of(self, session: Any, addressing: Literal["auto", "path"]) -> Any:
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=self.silence,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
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
