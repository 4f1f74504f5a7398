"""A bucket of S3 or of a server that speaks its protocol."""

from __future__ import annotations

import logging
import random
import re
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any, Literal, NamedTuple

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ResponseStreamingError,
)

from conversations.store import Conflict, Gone, S3Options, Stored, StoreUnavailable, checked, checked_prefix
from conversations.stores.advice import CONDITIONS, NO_KEYS, UNREACHABLE, advice
from conversations.stores.client import SILENCE_SECONDS, Client
from conversations.stores.probe import Conditions, Refused, probe
from watching.store import timed, timed_list

logger = logging.getLogger(__name__)

ATTEMPTS = 4
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
TIMEOUT = re.compile(r"timeout=([1-9][0-9]{0,2})")
BUSY = {"ConditionalRequestConflict", "OperationAborted"}
MISSING = {"NoSuchKey", "NotFound", "404"}
UNMET = {"PreconditionFailed", "412", "NoSuchKey"}
UNKNOWN_CONDITION = {"NotImplemented", "501", "InvalidArgument", "InvalidRequest"}
SCRATCH = ".probe/"


class Head(NamedTuple):
    tag: str
    writer: str
    age: float


class S3Store:
    """Tags are kept without their quotes. What the server makes of conditions is learned before the first write;
    where it does not honour them, the lock of the options holds writers apart.
    """

    def __init__(
        self, bucket: str, prefix: str = "", options: S3Options | None = None, silence: int = SILENCE_SECONDS
    ) -> None:
        self.name = f"the bucket {bucket}"
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        self.options = options or S3Options()
        self._client = Client(self.options, silence)
        self._probing = Lock()
        self._conditions: Conditions | None = None
        self._learning: Future[Conditions] | None = None

    @classmethod
    def at(cls, place: str, options: S3Options) -> S3Store:
        place, asked, query = place.partition("?")
        bucket, _, prefix = place.partition("/")
        prefix = prefix.strip("/")
        timeout = TIMEOUT.fullmatch(query if asked else f"timeout={SILENCE_SECONDS}")
        if not BUCKET.fullmatch(bucket):
            raise ValueError("s3:// needs the name of a bucket, as in s3://my-bucket/chatsite")
        try:
            checked(prefix or bucket)
        except ValueError:
            raise ValueError("the prefix after s3://BUCKET/ is not one that keys can have") from None
        if timeout is None:
            raise ValueError("after s3://BUCKET/PREFIX only ?timeout=SECONDS may follow, from 1 to 999")
        return cls(bucket, prefix, options, int(timeout[1]))

    @property
    def conditions(self) -> Literal["store", "lock"] | None:
        if self._conditions is None:
            return None
        return "store" if self._conditions.honoured else "lock"

    @timed
    def get(self, key: str) -> Stored | None:
        name = self._key(key)
        with self._outages():
            for attempt in range(1, ATTEMPTS):
                try:
                    found = self._s3().get_object(Bucket=self.bucket, Key=name)
                    return Stored(found["Body"].read(), _tag(found))
                except ClientError as error:
                    if _code(error) == "NoSuchKey":
                        return None
                    raise
                except (IncompleteReadError, ResponseStreamingError):
                    # boto3 tries a request again, but not a body that broke off on its way.
                    if attempt == ATTEMPTS - 1:
                        raise
        raise AssertionError("unreachable")

    @timed
    def put(self, key: str, data: bytes, tag: str | None) -> str:
        name = self._key(key)
        with self._outages():
            known = self._learned()
            if known.honoured:
                return self._put_under_condition(name, data, tag, known.spelling)
            with self._alone(name):
                return self._put_alone(name, data, tag)

    @timed
    def delete(self, key: str) -> None:
        # Never under a condition: some servers ignore it and delete all the same.
        name = self._key(key)
        with self._outages(), self._alone(name):
            self._s3().delete_object(Bucket=self.bucket, Key=name)

    @timed_list
    def keys(self, prefix: str) -> Iterator[str]:
        whole = self.prefix + checked_prefix(prefix)
        with self._outages():
            for page in self._s3().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=whole):
                for entry in page.get("Contents", ()):
                    key = entry["Key"].removeprefix(self.prefix)
                    if not key.startswith(SCRATCH):
                        yield key

    @timed
    def age(self, key: str) -> float | None:
        with self._outages():
            head = self._head(self._key(key))
        return head and head.age

    @timed
    def check(self) -> None:
        self.now()

    def now(self) -> float | None:
        with self._outages():
            listed = self._s3().list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)
        date = listed["ResponseMetadata"]["HTTPHeaders"].get("date")
        return parsedate_to_datetime(date).timestamp() if date else None

    def _put_under_condition(self, name: str, data: bytes, tag: str | None, spelling: str) -> str:
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": spelling.format(tag)}
        writer = uuid.uuid4().hex
        return self._write(name, data, writer, **condition) or self._own_write(name, writer, replacing=tag is not None)

    def _own_write(self, name: str, writer: str, *, replacing: bool) -> str:
        """The tag of what we wrote ourselves, or Conflict.

        When the answer to a write is lost on its way, boto3 sends the write again, and its own success is
        then what it conflicts with. The writer's mark beside the object tells the two apart.
        """
        head = self._head(name)
        if head is None:
            raise (Gone if replacing else Conflict)(f"{name} has been deleted meanwhile")
        if head.writer != writer:
            raise Conflict(f"{name} has another writer")
        return head.tag

    def _put_alone(self, name: str, data: bytes, tag: str | None) -> str:
        head = self._head(name)
        if tag is not None and head is None:
            raise Gone(f"{name} is not there any more")
        if tag != (head and head.tag):
            raise Conflict(f"{name} has another writer")
        written = self._write(name, data, uuid.uuid4().hex)
        assert written is not None  # noqa: S101
        return written

    def _write(self, name: str, data: bytes, writer: str, **condition: str) -> str | None:
        """The new tag, or None because the condition is not met."""
        for attempt in range(ATTEMPTS):
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
                if condition and _code(error) in UNMET:
                    return None
                if _code(error) not in BUSY:
                    raise
                time.sleep(random.uniform(0.02, 0.1) * 2**attempt)  # noqa: S311
            else:
                return _tag(put)
        raise Conflict(f"{name} is being written by others")

    def _head(self, name: str) -> Head | None:
        try:
            head = self._s3().head_object(Bucket=self.bucket, Key=name)
        except ClientError as error:
            if _code(error) not in MISSING:
                raise
            return None
        # By the server's own clock, whatever ours says.
        now = parsedate_to_datetime(head["ResponseMetadata"]["HTTPHeaders"]["date"])
        age = (now - head["LastModified"]).total_seconds()
        return Head(_tag(head), head.get("Metadata", {}).get("writer", ""), age)

    def _learned(self) -> Conditions:
        """Found out once for all who ask meanwhile; in an outage none of them waits for another attempt."""
        with self._probing:
            learning, others = self._learning, self._learning is not None
            if learning is None:
                learning = self._learning = Future()
        if not others:
            try:
                self._conditions = probe(ScratchKey(self))
                level = logging.INFO if self._conditions.honoured else logging.WARNING
                logger.log(level, "%s %s", self.name, self._conditions)
                learning.set_result(self._conditions)
            except BaseException as error:  # noqa: BLE001
                self._learning = None
                learning.set_exception(error)
        return learning.result()

    def _alone(self, name: str) -> AbstractContextManager[None]:
        """While others neither write nor delete this, where the server itself does not see to that."""
        if self._learned().honoured:
            return nullcontext()
        if self.options.lock is None:
            raise StoreUnavailable(CONDITIONS.format(name=self.name))
        return self.options.lock(f"{self.bucket}/{name}")

    def _key(self, key: str) -> str:
        return self.prefix + checked(key)

    def _s3(self) -> Any:
        return self._client.get()

    @contextmanager
    def _outages(self) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            code = _code(error)
            raise StoreUnavailable(f"{advice(code, self.name)} ({code})") from None
        except (NoCredentialsError, PartialCredentialsError):
            raise StoreUnavailable(NO_KEYS.format(name=self.name)) from None
        except (BotoCoreError, OSError) as error:
            raise StoreUnavailable(UNREACHABLE.format(name=self.name, why=type(error).__name__)) from None


class ScratchKey:
    """What the probe writes to."""

    def __init__(self, store: S3Store) -> None:
        self.store = store
        self.name = f"{store.prefix}{SCRATCH}{uuid.uuid4()}"

    def write(self, data: bytes, **condition: str) -> str | None:
        try:
            return self.store._write(self.name, data, "probe", **condition)
        except ClientError as error:
            if _code(error) not in UNKNOWN_CONDITION:
                raise
            raise Refused from None

    def tag(self) -> str | None:
        head = self.store._head(self.name)
        return head and head.tag

    def delete(self) -> None:
        self.store._s3().delete_object(Bucket=self.store.bucket, Key=self.name)


def _tag(answer: Any) -> str:
    return str(answer["ETag"]).strip('"')


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
