"""Where transcripts live: bytes by key, every write under a condition.

StoreError
├── StoreUnavailable   for the operator: the bucket or folder does not answer, and what to do about it
└── Conflict           for the caller: another writer was first; read, merge and write again
    └── Gone           for the caller: what was to be replaced has been deleted meanwhile
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Literal, NamedTuple, Protocol

KINDS = {
    "file": "conversations.stores.folder.FolderStore",
    "s3": "conversations.stores.s3.S3Store",
}


class StoreError(Exception):
    """Base of everything a store raises."""


class StoreUnavailable(StoreError):
    """The text is one or two sentences for the operator, never a secret."""


class Conflict(StoreError):
    """The key exists already, or its tag is no longer the one given."""


class Gone(Conflict):
    """There is nothing to replace."""


class Stored(NamedTuple):
    data: bytes
    tag: str


@dataclass(frozen=True)
class S3Options:
    """What is given here goes before the AWS_* variables, which boto3 reads by itself."""

    endpoint: str | None = None
    region: str | None = None
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    lock: Callable[[str], AbstractContextManager[None]] | None = None
    """Holds all writers of one name apart, of every process; for servers that know no conditional writes."""


class Store(Protocol):
    @property
    def name(self) -> str:
        """For people: `the folder var/store`, `the bucket NAME`."""

    @property
    def conditions(self) -> Literal["store", "lock"] | None:
        """Who holds writers apart: the store itself, or the lock it was given; None while that is not known."""

    def get(self, key: str) -> Stored | None:
        """What the key holds and its tag, or None."""

    def put(self, key: str, data: bytes, tag: str | None) -> str:
        """Create the key (tag None) or replace what has this tag; returns the new tag.

        Raises Conflict when the key exists already or has another tag, Gone when there is nothing to replace.
        A tag stands for content: equal bytes may have equal tags.
        """

    def delete(self, key: str) -> None:
        """Deleting what is not there is no error."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that begins with the prefix (any string), sorted, read as it is asked for."""

    def age(self, key: str) -> float | None:
        """Seconds since it was written, by the store's own clock, or None when it is not there."""

    def check(self) -> None:
        """One cheap request; raises StoreUnavailable."""

    def now(self) -> float | None:
        """The time by the store's own clock, in seconds since 1970; None where that is this machine's, or not told."""


def open_store(url: str, s3: S3Options | None = None) -> Store:
    """The store at `file://PATH` or `s3://BUCKET/PREFIX`; ValueError says what is wrong with the address.

    Touches neither disk nor network. The error never repeats the address: people paste secrets into it.
    """
    scheme, separator, place = url.strip().partition("://")
    if not separator or scheme not in KINDS:
        raise ValueError("the address of a store begins with file:// or s3://")
    module, _, name = KINDS[scheme].rpartition(".")
    store: Store = getattr(import_module(module), name).at(place, s3 or S3Options())
    return store


def checked(key: str) -> str:
    """The key itself; ValueError for what could leave the store or name what the store keeps for itself."""
    if not _safe(key.split("/")):
        raise ValueError(f"not a key: {key!r}")
    return key


def checked_prefix(prefix: str) -> str:
    *folders, start = prefix.split("/")
    if not _safe(folders) or not (start == "" or _safe([start])):
        raise ValueError(f"not a prefix of keys: {prefix!r}")
    return prefix


# A leading dot is refused because the folder store names its locks and unfinished files so.
_PART = re.compile(r"[^./\\\x00-\x1f\x7f\ud800-\udfff][^/\\\x00-\x1f\x7f\ud800-\udfff]{0,199}")


def _safe(parts: list[str]) -> bool:
    return all(_PART.fullmatch(part) for part in parts)
