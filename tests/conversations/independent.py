"""An S3 server that somebody else runs: where the environment names one, the tests of the stores run on it too."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config

from conversations.store import S3Options
from tests.conversations.bucket import Lock

ENDPOINT = os.environ.get("TEST_S3_ENDPOINT", "")
ACCESS_KEY = os.environ.get("TEST_S3_ACCESS_KEY", "")
SECRET_KEY = os.environ.get("TEST_S3_SECRET_KEY", "")
REGION = os.environ.get("TEST_S3_REGION") or "us-east-1"
BUCKET = os.environ.get("TEST_S3_BUCKET", "")

PLACES = ["independent"] if ENDPOINT else []
"""For the parameters of tests."""


def options(lock: Lock | None = None) -> S3Options:
    return S3Options(ENDPOINT, REGION, ACCESS_KEY, SECRET_KEY, lock=lock)


def settings(url: str) -> dict[str, str]:
    """Of a site with this store."""
    return {
        "CONVERSATION_STORE": url,
        "AWS_ENDPOINT_URL_S3": ENDPOINT,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": REGION,
    }


@contextmanager
def place() -> Iterator[str]:
    """The address of an empty store, in a bucket of its own unless one is named. Nothing is left of it afterwards."""
    name, prefix = BUCKET or f"chatsite-{uuid.uuid4().hex[:12]}", f"tests-{uuid.uuid4().hex}"
    client = _client()
    if not BUCKET:
        client.create_bucket(Bucket=name)
    try:
        yield f"s3://{name}/{prefix}"
    finally:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=f"{prefix}/"):
            for entry in page.get("Contents", ()):
                client.delete_object(Bucket=name, Key=entry["Key"])
        if not BUCKET:
            client.delete_bucket(Bucket=name)


def _client() -> Any:
    session = boto3.session.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION)
    config = Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required")
    return session.client("s3", endpoint_url=ENDPOINT, config=config)
