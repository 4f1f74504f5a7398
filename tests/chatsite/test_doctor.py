"""`manage.py doctor` under the real settings: what is set up wrong, in words, and an exit code."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from chatsite.doctor.services import clock
from tests.chatsite.doctors import Told, doctor, doctors
from tests.ports import free_port
from tests.site import furnish

CLOSED = f"127.0.0.1:{free_port()}"
KEYS = {"SECRET_KEY": "s" * 40, "ENCRYPTION_KEY": "e" * 40}
PUBLIC = {
    **KEYS,
    "HOST": "0.0.0.0",
    "SITE_URL": "https://chat.example.org",
    "TRUSTED_PROXIES": "1",
    "EMAIL_URL": "smtp+tls://mail.example.org:587",
}
DISTANT = {
    **PUBLIC,
    "SECRET_KEY": "",
    "ENCRYPTION_KEY": "",
    "DATABASE_URL": f"postgres://chat:pass-phrase@{CLOSED}/chat",
    "CONVERSATION_STORE": "s3://no-such-bucket/chats?timeout=1",
    "AWS_ENDPOINT_URL_S3": f"http://{CLOSED}",
    "AWS_ACCESS_KEY_ID": "AKEY",
    "AWS_SECRET_ACCESS_KEY": "quiet-bucket-key",
    "AWS_DEFAULT_REGION": "us-east-1",
}

CARELESS = {
    "HOST": "0.0.0.0",
    "DEBUG": "true",
    "ALLOWED_HOSTS": "*",
    "SECRET_KEY": "brief",
    "ENCRYPTION_KEY": "brief",
    "WEB_CONCURRENCY": "9999",
    "HF_TOKEN": "sk-quiet-model-key",
    "HF_ROUTER_URL": f"http://{CLOSED}/v1",
    "LLM_API_KEY": "sk-quiet-model-key",
    "LLM_KEY_GROQ": "sk-quiet-model-key",
}
HALF_DONE = {
    **PUBLIC,
    "TRUSTED_PROXIES": "",
    "HF_TOKEN": "hf_QuietToken",
    "HF_ROUTER_URL": f"http://{CLOSED}/v1",
    "LLM_BACKEND": "guide",
    "LLM_MODEL": "gemma",
    "ALLOWED_HOST": "chat.example.org",
}
PLAIN = {**PUBLIC, "SITE_URL": "http://chat.example.org", "LLM_BASE_URL": f"http://{CLOSED}/v1"}
ENVIRONMENTS = {
    "public": PUBLIC,
    "private": {"SECRET_KEY": "", "ENCRYPTION_KEY": ""},
    "distant": DISTANT,
    "careless": CARELESS,
    "half done": HALF_DONE,
    "plain": PLAIN,
}
WRONG = [
    ("careless", "address", "SITE_URL is not set", "Set SITE_URL"),
    ("careless", "debug", "DEBUG is on", "DEBUG=false"),
    ("careless", "hosts", "ALLOWED_HOSTS is *", "Name the hosts"),
    ("careless", "keys", "SECRET_KEY has fewer", "openssl rand"),
    ("careless", "keys", "ENCRYPTION_KEY has fewer", "openssl rand"),
    ("careless", "keys", "are the same", "Set ENCRYPTION_KEY"),
    ("careless", "model", "does not begin with hf_", "settings/tokens"),
    ("careless", "model", "LLM_BASE_URL is not", "Set LLM_BASE_URL"),
    ("careless", "model", "LLM_KEY_GROQ is set", "LLM_ENDPOINTS"),
    ("careless", "e-mail", "EMAIL_URL is not set", "Set EMAIL_URL"),
    ("careless", "workers", "the database is SQLite", "PostgreSQL"),
    ("careless", "memory", "WEB_CONCURRENCY is 9999", "Set WEB_CONCURRENCY to"),
    ("careless", "models", "refused the token", "the key"),
    ("distant", "keys", "made anew", "Set both"),
    ("distant", "database", "cannot be opened", "DATABASE_URL"),
    ("distant", "store", "cannot be reached", "CONVERSATION_STORE"),
    ("half done", "proxies", "TRUSTED_PROXIES is 0", "TRUSTED_PROXIES to"),
    ("half done", "model", "though HF_TOKEN is set", "Take LLM_BACKEND away"),
    ("half done", "models", "Hugging Face: The model", "address"),
    ("plain", "address", "without https", "https address"),
    ("plain", "models", "127.0.0.1: The model", "address"),
]


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doctor")
    furnish(folder, database=True)
    return folder


@pytest.fixture(scope="module")
def told(var: Path) -> Mapping[str, Told]:
    """What it says of each environment, in one start of Python."""
    answers = doctors([{"VAR_DIR": str(var), **variables} for variables in ENVIRONMENTS.values()], "--json")
    return dict(zip(ENVIRONMENTS, answers, strict=True))


@pytest.mark.parametrize("name", ["public", "private"])
def test_where_nothing_is_wrong_it_says_so_and_exits_with_0(told: Mapping[str, Told], name: str) -> None:
    assert (told[name].wrong, told[name].code, told[name].err) == ([], 0, "")
    assert {"address", "database", "store", "migrations", "static files", "Django"} <= told[name].verdicts.keys()


@pytest.mark.parametrize(("name", "about", "says", "advice"), WRONG)
def test_what_is_wrong_is_said_with_why_it_matters_and_what_to_set(
    told: Mapping[str, Told], name: str, about: str, says: str, advice: str
) -> None:
    found = [one for one in told[name].wrong if one["about"] == about and says in one["says"]]
    assert [advice in one["advice"] for one in found] == [True], told[name].wrong


@pytest.mark.parametrize("name", ["careless", "distant", "half done", "plain"])
def test_nothing_else_is_called_wrong_and_the_exit_code_is_1(told: Mapping[str, Told], name: str) -> None:
    assert (told[name].code, len(told[name].wrong)) == (1, sum(one[0] == name for one in WRONG)), told[name].wrong
    assert all(one["why"] and one["advice"] for one in told[name].wrong)


def test_the_private_default_is_told_what_it_lacks_without_being_called_wrong(told: Mapping[str, Told]) -> None:
    # A developer's own file .env may be open to others, which is said too.
    noted = {about for about, verdict in told["private"].verdicts.items() if verdict == "note"} - {"keys"}
    assert noted == {"model", "e-mail"}


def test_a_misspelt_name_is_told_with_the_one_that_may_be_meant(told: Mapping[str, Told]) -> None:
    noted = [(one["says"], one["advice"]) for one in told["half done"].document["findings"] if one["about"] == "names"]
    assert noted == [
        (f"{name} is set, and no setting has this name.", f"Call it {name}S, if that is what is meant.")
        for name in ("ALLOWED_HOST", "LLM_MODEL")
    ]
    assert [name for name, one in told.items() if name != "half done" and "names" in one.verdicts] == []


def test_no_answer_has_a_secret_in_it(told: Mapping[str, Told]) -> None:
    canaries = ("pass-phrase", "quiet", "Quiet", KEYS["SECRET_KEY"], KEYS["ENCRYPTION_KEY"])
    assert [name for name, one in told.items() for canary in canaries if canary in one.out + one.err] == []


def test_nonsense_in_a_variable_is_told_in_the_line_that_stops_the_start(var: Path) -> None:
    ran = doctor(VAR_DIR=str(var), LLM_FIRST_TIMEOUT="soon")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "LLM_FIRST_TIMEOUT: 'soon' is not a number of seconds\n"


def test_an_installation_that_was_never_prepared_or_only_half_upgraded_is_told_how(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("k" * 40, encoding="ascii")
    (tmp_path / "secret_key").chmod(0o644)
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    furnish(open_to_all, database=True)
    (open_to_all / "db.sqlite3").chmod(0o644)
    old = tmp_path / "old"
    old.mkdir()
    furnish(old, database=True)
    with closing(sqlite3.connect(old / "db.sqlite3")) as database, database:
        database.execute("DELETE FROM django_migrations WHERE app = 'conversations' AND name LIKE '0007%'")
        database.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('accounts', '9999_later', 0)")
    torn = tmp_path / "torn"
    torn.mkdir()
    furnish(torn, database=True)
    with closing(sqlite3.connect(torn / "db.sqlite3")) as database, database:
        database.execute("DELETE FROM django_migrations WHERE app = 'conversations' AND name LIKE '0005%'")
    sites = [{**ENVIRONMENTS["private"], "VAR_DIR": str(var)} for var in (tmp_path, old, torn, open_to_all)]
    new, upgraded, torn_one, open_one = doctors(sites, "--json")
    said = {one["about"]: one["says"] for one in new.wrong}
    assert said.keys() == {"keys", "static files", "database"}
    assert "can be read by other users" in said["keys"]
    assert not (tmp_path / "db.sqlite3").exists()
    assert [one["says"] for one in upgraded.wrong] == [
        "1 is not applied, beginning with conversations.0007_branched_at."
    ]
    assert "it has accounts.9999_later" in str(upgraded.document)
    (out_of_order,) = torn_one.wrong
    assert out_of_order["says"].startswith("They were not applied in their order:")
    assert "conversations.0005_shared" in out_of_order["says"]
    assert [one["says"] for one in open_one.wrong] == [
        f"{open_to_all}/db.sqlite3 can be read by other users of this machine."
    ]


@pytest.mark.database
def test_the_database_is_named_with_its_version_and_its_clock_is_compared(var: Path) -> None:
    url = os.environ["DATABASE_URL"]
    (told,) = doctors([{"VAR_DIR": str(var), "DATABASE_URL": url}], "--json")
    version = told.document["versions"]["database"]
    assert re.fullmatch(r"PostgreSQL \d+\.\d+" if url else r"SQLite 3\.\d+\.\d+", version)
    clocks = [one["says"] for one in told.document["findings"] if one["about"] == "clock"]
    assert clocks == (["agrees with the database"] if url else [])


@pytest.mark.parametrize(
    ("ahead", "verdict", "says"),
    [
        (0.2, "ok", "agrees with the store"),
        (-0.9, "ok", "agrees with the store"),
        (60, "wrong", "This machine's is 60 s behind that of the store."),
        (-3600, "wrong", "This machine's is 3,599 s ahead of that of the store."),
    ],
)
def test_a_clock_that_is_wrong_is_found_and_a_header_without_fractions_is_not(
    ahead: float, verdict: str, says: str
) -> None:
    now = time.time()
    assert [(one.verdict, one.says) for one in clock("the store", now + ahead, now)] == [(verdict, says)]
