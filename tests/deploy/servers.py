"""What a site on several machines shares: PostgreSQL and a bucket, spoken to over the network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
import pytest

from tests import postgresql
from tests.conversations import bucket


class Shared:
    """The addresses of both. `database_url` is of an account that is allowed as many connections as Heroku allows."""

    def __init__(self, superuser_url: str, s3_port: int) -> None:
        self.superuser_url = superuser_url
        self.database_url = superuser_url.replace("//postgres@", "//chat@").removesuffix("postgres") + "chat"
        self.s3_port = s3_port
        self.bucket = bucket.new_bucket(s3_port)
        with psycopg.connect(superuser_url, autocommit=True) as database:
            database.execute("CREATE ROLE chat LOGIN CONNECTION LIMIT 20")
            database.execute("CREATE DATABASE chat OWNER chat")

    @property
    def s3(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{self.s3_port}",
            "AWS_ACCESS_KEY_ID": "AKEY",
            "AWS_SECRET_ACCESS_KEY": "a-secret",
            "AWS_REGION": "us-east-1",
        }

    @property
    def bucketeer(self) -> dict[str, str]:
        """The same in the names of Heroku's add-on."""
        return {
            "BUCKETEER_BUCKET_NAME": self.bucket,
            "BUCKETEER_AWS_ACCESS_KEY_ID": "AKEY",
            "BUCKETEER_AWS_SECRET_ACCESS_KEY": "a-secret",
            "BUCKETEER_AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_S3": self.s3["AWS_ENDPOINT_URL_S3"],
        }

    def query(self, sql: LiteralString) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as database:
            return database.execute(sql).fetchall()

    def transcripts(self) -> dict[str, dict[str, Any]]:
        """Every conversation in the bucket, by its id."""
        s3 = bucket.client(self.s3_port)
        found = s3.list_objects_v2(Bucket=self.bucket).get("Contents", ())
        keys = [entry["Key"] for entry in found if "/conversations/" in entry["Key"]]
        documents = [json.loads(s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()) for key in keys]
        return {document["id"]: document for document in documents}


@contextmanager
def shared() -> Iterator[Shared]:
    if not postgresql.programs():
        pytest.skip("PostgreSQL is not installed")
    with postgresql.server() as url, bucket.server() as s3_port:
        yield Shared(url, s3_port)
