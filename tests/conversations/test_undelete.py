"""A bucket with versions gives back what was deleted or changed, by the commands of docs/storage.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from conversations.archive import folder_of, key_of
from conversations.models import Conversation
from conversations.transcripts import archive
from tests.conversations.bucket import client, new_bucket, server
from tests.conversations.commands import manage
from tests.conversations.past import talked, transcript_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with server() as port:
        access = {"AWS_ACCESS_KEY_ID": "AKEY", "AWS_SECRET_ACCESS_KEY": "a-secret", "AWS_DEFAULT_REGION": "us-east-1"}
        for name, value in {**access, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}.items():
            monkeypatch.setenv(name, value)
        found = Bucket(client(port), new_bucket(port))
        settings.CONVERSATION_STORE = f"s3://{found.name}/chatsite"
        yield found


class Bucket:
    def __init__(self, s3: Any, name: str) -> None:
        self.s3 = s3
        self.name = name
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def versions(self, prefix: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = self.s3.list_object_versions(Bucket=self.name, Prefix=prefix)
        return found

    def undelete(self, prefix: str) -> None:
        for marker in self.versions(prefix)["DeleteMarkers"]:
            self.s3.delete_object(Bucket=self.name, Key=marker["Key"], VersionId=marker["VersionId"])


def test_a_deleted_conversation_comes_back_with_its_parts(bucket: Bucket, alice: User) -> None:
    row = talked(alice, title="Rome")
    key, part = key_of(alice.id, row.id), f"{folder_of(alice.id, row.id)}part-0-ab.json"
    archive().store.put(part, b'{"schema": 1, "messages": []}', None)
    archive().delete(alice.id, row.id)
    row.delete()
    assert list(archive().store.keys("users/")) == []
    bucket.undelete(f"chatsite/{key.removesuffix('.json')}")
    assert manage("reindex").code == 0
    assert Conversation.objects.get().title == "Rome"
    assert list(archive().store.keys("users/")) == [key, part]


def test_an_earlier_version_of_a_conversation_comes_back(bucket: Bucket, alice: User) -> None:
    row = talked(alice, title="Rome")
    archive().change(alice.id, row.id, lambda transcript: transcript.set_title("Oslo", "user", timezone.now()))
    key = f"chatsite/{key_of(alice.id, row.id)}"
    _, earlier = bucket.versions(key)["Versions"]
    source = {"Bucket": bucket.name, "Key": key, "VersionId": earlier["VersionId"]}
    bucket.s3.copy_object(Bucket=bucket.name, Key=key, CopySource=source)
    assert transcript_of(row).title == "Rome"
    archive().change(alice.id, row.id, lambda transcript: transcript.set_title("Bern", "user", timezone.now()))
    manage("reindex")
    row.refresh_from_db()
    assert row.title == "Bern"
