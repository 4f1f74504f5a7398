"""`manage.py doctor --live` with servers that work, that refuse, and that are silent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import outgoing
from tests.chatsite.conftest import SECRETS
from tests.chatsite.doctors import Told, doctor, doctors
from tests.conversations import bucket
from tests.conversations.bucket import Proxy
from tests.mail_server import MailServer
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.site import furnish

PASSWORD = "quiet-mail-password"
RECIPIENT = "operator@example.org"
CANARIES = [*SECRETS.values(), PASSWORD, RECIPIENT]
PROMISES = [f"store: {name}" for name in ("create", "conflict", "replace", "list", "delete")]


@pytest.fixture(scope="module")
def models() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="module")
def objects() -> Iterator[Proxy]:
    with bucket.server() as port, bucket.proxy(port) as between:
        yield between


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with MailServer("chat", PASSWORD) as server:
        yield server


@pytest.fixture(scope="module")
def variables(
    models: ModelServer, objects: Proxy, mails: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    var = tmp_path_factory.mktemp("live")
    furnish(var, database=True)
    outgoing.belongs(SECRETS["LLM_API_KEY"], models.base_url, "LLM_API_KEY")
    return {
        "VAR_DIR": str(var),
        "SECRET_KEY": SECRETS["SECRET_KEY"] * 3,
        "ENCRYPTION_KEY": SECRETS["ENCRYPTION_KEY"] * 3,
        "LLM_BASE_URL": models.base_url,
        "LLM_API_KEY": SECRETS["LLM_API_KEY"],
        "AWS_ACCESS_KEY_ID": "AKEY",
        "AWS_SECRET_ACCESS_KEY": SECRETS["AWS_SECRET_ACCESS_KEY"],
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{objects.server_port}",
        "CONVERSATION_STORE": f"s3://{bucket.new_bucket(objects.upstream)}/chats",
        "EMAIL_URL": mails.url,
    }


def keys(objects: Proxy, variables: dict[str, str]) -> list[str]:
    name = variables["CONVERSATION_STORE"].split("/")[2]
    listed = bucket.client(objects.upstream).list_objects_v2(Bucket=name)
    return [entry["Key"] for entry in listed["Contents"]]


def told(*arguments: str, **variables: str) -> Told:
    ran = doctor("--live", *arguments, **variables)
    assert [canary for canary in CANARIES if canary in ran.out + ran.err] == []
    return ran


def test_what_works_is_reported_with_versions_and_times_and_leaves_nothing_behind(
    variables: dict[str, str], objects: Proxy, mails: MailServer
) -> None:
    ran = told("--email", RECIPIENT, **variables)
    lines = ran.out.splitlines()
    assert (ran.code, lines[-1]) == (0, "Nothing is wrong.")
    tried = {line[7:23].strip(): line for line in lines[lines.index("Tried:") + 1 : -2]}
    assert list(tried) == ["reply", "title", *PROMISES, "e-mail"]
    assert all(line.startswith("ok ") and " s" in line for line in tried.values())
    assert "first word after" in tried["reply"]
    assert "tokens/s" in tried["reply"]
    said = {line.partition(" ")[0]: line for line in lines[: lines.index("")]}
    assert {"Chatsite", "Python", "Django", "database", "store", "backend", "set"} <= said.keys()
    assert "by conditions of the store" in said["store"]
    assert "LLM_API_KEY" in said["set"]
    assert keys(objects, variables) == ["beside/the/prefix.json"]
    assert [RECIPIENT in mail for mail in mails.mails] == [True]


def test_what_refuses_is_reported_in_our_words_with_its_status_and_no_key(
    variables: dict[str, str], models: ModelServer, objects: Proxy, mails: MailServer
) -> None:
    echo = f'{{"error": {{"message": "who is Bearer {SECRETS["LLM_API_KEY"]}?"}}}}'
    models.answer = Answer(status=401, body=echo)
    wrong = variables | {"EMAIL_URL": mails.url.replace("chat:", "chatter:"), "LLM_MODELS": "no-such-model,test-model"}
    objects.faults["PUT"] = [(403, "SignatureDoesNotMatch")]
    ran = told("--json", "--email", RECIPIENT, **wrong)
    models.answer = Answer()
    assert ran.code == 1
    assert ran.tried["reply"][0] == "failed"
    assert "The model server refused the token." in ran.tried["reply"][1]
    assert "auth: 401" in ran.tried["reply"][1]
    assert ran.tried["title"] == ("not tried", "there was no reply to name")
    assert ran.tried["store: create"][0] == "failed"
    assert "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. (SignatureDoesNotMatch)" in ran.tried["store: create"][1]
    assert ran.tried["e-mail"] == ("failed", "The mail server refuses the user or the password in EMAIL_URL. (535)")
    assert [(one["about"], one["says"]) for one in ran.wrong] == [
        ("LLM_MODELS", "127.0.0.1 does not list no-such-model.")
    ]
    assert keys(objects, variables) == ["beside/the/prefix.json"]


def test_what_is_silent_missing_or_half_working_is_found_within_the_time_outs(
    variables: dict[str, str], objects: Proxy
) -> None:
    with ModelServer(Answer(before_headers=60)) as silent, ModelServer() as nameless:
        nameless.script.append(Answer(text="The sea is salt water."))
        nameless.titles.append(Answer(status=500))
        objects.dialect = "ignoring"
        first, second = doctors(
            [
                variables
                | {"LLM_BASE_URL": silent.base_url, "CONVERSATION_STORE": "s3://no-such-bucket/chats"}
                | {"LLM_FIRST_TIMEOUT": "1"},
                variables | {"LLM_BASE_URL": nameless.base_url},
            ],
            "--live",
            "--json",
        )
        objects.dialect = "standard"
    assert (first.code, second.code) == (1, 1)
    assert "The model took too long to answer." in first.tried["reply"][1]
    assert "no-such-bucket does not exist: make it, or correct CONVERSATION_STORE." in first.tried["store: create"][1]
    assert first.tried["e-mail"] == ("not tried", "no address was given: --email you@example.org")
    assert [one["about"] for one in first.wrong] == ["store"]
    assert (second.tried["reply"][0], second.tried["title"][0]) == ("ok", "failed")
    assert "unavailable 500" in second.tried["title"][1]
    assert second.document["versions"]["store"] == "s3, writers kept apart by a lock in the database"
    assert all(second.tried[name][0] == "ok" for name in PROMISES)
    assert [canary for canary in CANARIES for one in (first, second) if canary in one.out + one.err] == []
