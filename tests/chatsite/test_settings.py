from __future__ import annotations

import importlib.util
import runpy
import socket
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage

from tests.plugin import ROOT, blank

DYNO = {"DYNO": "web.1", "SECRET_KEY": "", "ENCRYPTION_KEY": ""}
KEYS = {"DYNO": "web.1", "SECRET_KEY": "s", "ENCRYPTION_KEY": "e"}
NONSENSE = [
    {"DEBUG": "maybe"},
    {"LOG_LEVEL": "LOUD"},
    {"LOG_FORMAT": "xml"},
    {"METRICS_TOKEN": "too short"},
    {"METRICS_TOKEN": "long enough but with spaces"},
    {"SENTRY_DSN": "https://sentry.example.org/1"},
    {"SENTRY_DSN": "https://key@sentry.example.org/"},
    {"SLOW_QUERY_MS": "soon"},
    {"PORT": "abc"},
    {"PORT": "0"},
    {"PORT": "65536"},
    {"PORT": "٣"},
    {"WEB_CONCURRENCY": "0"},
    {"WEB_CONCURRENCY": "-1"},
    {"SITE_URL": "example.org"},
    {"SITE_URL": "ftp://example.org"},
    {"SITE_URL": "https://example.org/chat"},
    {"SITE_URL": "https://example.org:port"},
    {"SITE_LOGO": "javascript:alert(1)"},
    {"SITE_LOGO": "//elsewhere.example/logo.svg"},
    {"SITE_LOGO": "http://example.org/logo.svg"},
    {"SITE_LOGO": "https://example.org/a; script-src *"},
    {"SITE_URL": "https://chat example.org"},
    {"SITE_URL": "https://me:pw@example.org"},
    {"SITE_URL": "https://bücher.example"},
    {"HOST": "http://x"},
    {"HOST": "127.0.0.1:80"},
    {"HOST": "[localhost]"},
    {"ALLOWED_HOSTS": "https://example.org"},
    {"ALLOWED_HOSTS": "example.org:8000"},
    {"ALLOWED_HOSTS": '["example.org"]'},
    {"ALLOWED_HOSTS": "bücher.example"},
    {"CSRF_TRUSTED_ORIGINS": "example.org"},
    {"CSRF_TRUSTED_ORIGINS": "https://"},
    {"CSRF_TRUSTED_ORIGINS": "https://a.example https://b.example/path"},
    {"TRUSTED_PROXIES": "some"},
    {"SIGNUP_OPEN": "perhaps"},
    {"SINGLE_USER": "2"},
    {"SINGLE_USER": "true", "HOST": "0.0.0.0"},
    {"SINGLE_USER": "true", "HOST": "192.168.1.2"},
    {"OAUTH_CLIENT_ID": "", "OAUTH_CLIENT_SECRET": "s"},
    {"OAUTH_CLIENT_SECRET": "", "OAUTH_CLIENT_ID": "c"},
    {"OAUTH_SCOPES": "profile email"},
    {"OPENID_PROVIDER_URL": "huggingface.co"},
    {"OPENID_PROVIDER_URL": "http://huggingface.co"},
    {"DATABASE_CONNECTIONS": "1"},
    {"DATABASE_URL": "mysql://root@localhost/x"},
    {"DATABASE_URL": "chat.sqlite3"},
    {"DATABASE_URL": "postgres://chat:pw@127.0.0.1"},
    {"DATABASE_URL": "postgres://"},
    {"DATABASE_URL": "postgres://localhost:port/x"},
    {"CONVERSATION_STORE": "ftp://x"},
    {"CONVERSATION_STORE": "file://"},
    {"CONVERSATION_STORE": "s3://"},
    {"CONVERSATION_STORE": "s3://a bucket"},
    {"TRANSCRIPT_PART_BYTES": "1k"},
    {"LLM_BACKEND": "magic"},
    {"LLM_BACKEND": "huggingface"},
    {"LLM_BACKEND": "transformers"},
    {"LLM_BACKEND": "transformers", "LLM_MODELS": "*"},
    {"LLM_BACKEND": "transformers", "LLM_MODELS": ","},
    {"LLM_SPEAKERS": "Human"},
    {"LLM_SPEAKERS": "Bot,Bot"},
    {"LLM_SPEAKERS": "Human:,Bot:"},
    {"LLM_DEVICE": "gpu"},
    {"LLM_DTYPE": "int3"},
    {"LLM_QUANTIZATION": "2bit"},
    {"LLM_BASE_URL": "localhost"},
    {"LLM_BASE_URL": "http://"},
    {"LLM_ENDPOINTS": "http://127.0.0.1:8000"},
    {"LLM_ENDPOINTS": "here=127.0.0.1"},
    {"LLM_ENDPOINTS": "a/b=http://127.0.0.1"},
    {"LLM_ENDPOINTS": "guide=http://127.0.0.1"},
    {"LLM_ENDPOINTS": "a=http://127.0.0.1 a=http://127.0.0.2"},
    {"LLM_ENDPOINTS": "a-b=http://127.0.0.1 a.b=http://127.0.0.2"},
    {"LLM_CONTEXT_LENGTH": "8k"},
    {"HF_ROUTER_URL": "router"},
    {"LLM_TITLES": "sometimes"},
    {"LLM_CONNECT_TIMEOUT": "-1"},
    {"LLM_FIRST_TIMEOUT": "0"},
    {"LLM_IDLE_TIMEOUT": "soon"},
    {"LLM_TOTAL_TIMEOUT": "nan"},
    {"REPLIES_AT_ONCE": "0"},
    {"REPLY_STALE_SECONDS": "1.5"},
    {"EMAIL_URL": "x"},
    {"EMAIL_URL": "pigeon://post"},
    {"SECRET_KEY": "", **DYNO},
    {"ENCRYPTION_KEY": "", **DYNO, "SECRET_KEY": "s"},
    {"DATABASE_URL": "", **KEYS},
    {"DATABASE_URL": "sqlite:///chat.sqlite3", **KEYS},
    {"CONVERSATION_STORE": "", **KEYS, "DATABASE_URL": "postgres://u@db/x"},
    {"CONVERSATION_STORE": "file:///data", **KEYS, "DATABASE_URL": "postgres://u@db/x"},
]


def loaded(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> dict[str, Any]:
    """The settings as a process with these variables reads them; SystemExit as it would end."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "chatsite/settings.py"))


@pytest.mark.parametrize("variables", NONSENSE, ids=str)
def test_nonsense_stops_the_start_with_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        loaded(monkeypatch, variables)
    # A process that ends with a text prints it as its last words and has failed.
    line = str(stopped.value.code)
    assert line.startswith(f"{next(iter(variables))}: ")
    assert "\n" not in line
    assert len(line) > len(next(iter(variables))) + 15


@pytest.mark.parametrize("command", [["-m", "chatsite.prepare"], ["manage.py", "check"], ["-m", "gunicorn"]], ids=str)
def test_every_command_stops_so(command: list[str], tmp_path: Path) -> None:
    environment = {**blank(), "VAR_DIR": str(tmp_path), "PORT": "abc", "WEB_CONCURRENCY": "1"}
    assert ended(command, environment) == "PORT: 'abc' is not a whole number from 1 to 65535\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://chat:pass-phrase@127.0.0.1:{closed}/x"),
        ("DATABASE_URL", "sqlite:////dev/null/x"),
        ("VAR_DIR", "{file}"),
        ("VAR_DIR", "/proc/chatsite"),
    ],
)
def test_what_cannot_be_used_stops_the_preparation(tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "file").touch()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        value = value.format(closed=closed.getsockname()[1], file=tmp_path / "file")
        line = ended(["-m", "chatsite.prepare"], {**blank(), "VAR_DIR": str(tmp_path), name: value})
    assert line.startswith(f"{name}: ")
    assert line.count("\n") == 1
    assert "pass-phrase" not in line


def ended(command: list[str], environment: dict[str, str]) -> str:
    """What a command that fails writes to the operator."""
    process = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20, check=False
    )
    assert process.returncode == 1
    assert process.stdout == ""
    return process.stderr


@pytest.mark.parametrize(
    ("terminal", "variables", "style"),
    [
        (False, {}, "json"),
        (True, {}, "line"),
        (False, {"DEBUG": "yes"}, "line"),
        (True, {"LOG_FORMAT": "json"}, "json"),
    ],
    ids=str,
)
def test_the_log_is_for_machines_unless_somebody_reads_it(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, variables: dict[str, str], style: str
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    assert loaded(monkeypatch, variables)["LOG_FORMAT"] == style


def test_empty_means_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, dict.fromkeys(("DEBUG", "PORT", "SITE_NAME", "LLM_BACKEND", "SITE_URL"), "  "))
    found = [settings[name] for name in ("DEBUG", "PORT", "SITE_NAME", "LLM_BACKEND", "SITE_URL")]
    assert found == [False, 8000, "Chatsite", "guide", ""]


@pytest.mark.parametrize(
    ("variables", "backend", "models"),
    [
        ({}, "guide", ("*",)),
        ({"HF_TOKEN": "hf_x"}, "huggingface", ("google/gemma-2-9b-it", "*")),
        ({"LLM_ENDPOINTS": "here=http://127.0.0.1:8000/v1"}, "huggingface", ("*",)),
        ({"LLM_BASE_URL": "http://127.0.0.1:11434/v1/"}, "huggingface", ("*",)),
        ({"HF_TOKEN": "hf_x", "LLM_BACKEND": "guide", "LLM_MODELS": "a/b, c/d"}, "guide", ("a/b", "c/d")),
    ],
    ids=str,
)
def test_one_variable_connects_a_model(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], backend: str, models: tuple[str, ...]
) -> None:
    settings = loaded(monkeypatch, variables)
    assert (settings["LLM"].backend, settings["LLM"].models) == (backend, models)
    assert settings["LLM_BACKEND"] == backend


def test_a_model_of_this_machine_is_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    local = {
        "LLM_BACKEND": "transformers",
        "LLM_MODELS": "/models/mine",
        "LLM_DEVICE": "cuda:1",
        "LLM_DTYPE": "bfloat16",
    }
    config = loaded(monkeypatch, local)["LLM"]
    assert (config.backend, config.models) == ("transformers", ("/models/mine",))
    assert (config.device, config.dtype, config.quantization) == ("cuda:1", "bfloat16", "")


def test_without_its_packages_a_local_model_is_refused_with_the_command_that_installs_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"^LLM_BACKEND: .*pip install -r requirements-local\.txt"):
        loaded(monkeypatch, {"LLM_BACKEND": "transformers", "LLM_MODELS": "/models/mine"})


def test_the_speakers_of_a_dialogue_are_named_in_what_precedes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"LLM_SPEAKERS": "Mensch, Modell", "LLM_BASE_MODELS": "a,b"}
    config = loaded(monkeypatch, named)["LLM"]
    assert config.speakers == ("Mensch", "Modell")
    assert config.base_models == ("a", "b")
    assert "between a Mensch and a Modell. The Modell is" in config.preprompt
    assert loaded(monkeypatch, {"LLM_PREPROMPT": "Ein Gespräch."})["LLM"].preprompt == "Ein Gespräch."


def test_an_address_with_https_makes_everything_else_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, {"SITE_URL": "https://chat.example.org:8443/"})
    assert settings["ALLOWED_HOSTS"][-1] == "chat.example.org"
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://chat.example.org:8443"]
    names = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS")
    assert all(settings[name] for name in names)
    settings = loaded(monkeypatch, {"SITE_URL": "http://chat.example.org"})
    assert not any(settings[name] for name in names)


@pytest.mark.parametrize(
    "name",
    ["Acme, Inc.", "Chat: at home", 'The "best" chat', "Müller, GmbH", "me@home", "a\\b", "Chat (beta)", "Ask <us>"],
)
def test_e_mails_come_from_the_site_whatever_it_is_called(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    settings = loaded(monkeypatch, {"SITE_NAME": name, "SITE_URL": "https://chat.example.org"})
    sent = EmailMessage("Hello", "", settings["DEFAULT_FROM_EMAIL"], ["alice@example.org"]).message()
    (sender,) = message_from_bytes(sent.as_bytes(), policy=policy.default)["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, "noreply@chat.example.org")


def test_an_address_to_listen_on_may_stand_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, meant in {"[::1]": "::1", "::1": "::1", "localhost": "localhost", "0.0.0.0": "0.0.0.0"}.items():
        assert loaded(monkeypatch, {"HOST": given})["HOST"] == meant
    hosts = "chat.example.org .example.org [::1] 10.0.0.2 *"
    assert loaded(monkeypatch, {"ALLOWED_HOSTS": hosts})["ALLOWED_HOSTS"] == hosts.split()


def test_a_folder_is_meant_from_the_site_s_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, {"CONVERSATION_STORE": "file://kept", "DATABASE_URL": "sqlite:///kept.sqlite3"})
    assert settings["CONVERSATION_STORE"] == f"file://{ROOT}/kept"
    assert settings["DATABASE"]["NAME"] == ROOT / "kept.sqlite3"


def test_every_server_has_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "LLM_ENDPOINTS": "groq=https://groq.example/v1/ my-box=http://10.0.0.2:8000/v1",
        "LLM_KEY_GROQ": "for-groq",
        "LLM_KEY_MY_BOX": "for-my-box",
        "LLM_API_KEY": "for-neither",
    }
    servers = loaded(monkeypatch, variables)["LLM"].servers
    assert [(server.name, server.base_url, server.api_key) for server in servers] == [
        ("groq", "https://groq.example/v1", "for-groq"),
        ("my-box", "http://10.0.0.2:8000/v1", "for-my-box"),
    ]
    assert "for-" not in str(servers)


@pytest.mark.parametrize(
    ("variables", "offered"),
    [
        ({}, False),
        ({"OAUTH_CLIENT_ID": "c", "OAUTH_CLIENT_SECRET": "s"}, True),
        ({"OAUTH_CLIENT_ID": "c", "OAUTH_CLIENT_SECRET": "s", "SINGLE_USER": "true"}, False),
    ],
    ids=str,
)
def test_a_client_lets_people_sign_in_with_hugging_face(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], offered: bool
) -> None:
    settings = loaded(monkeypatch, variables)
    apps = settings["SOCIALACCOUNT_PROVIDERS"]["openid_connect"]["APPS"]
    assert (settings["HUGGING_FACE_SIGN_IN"], [app["settings"]["server_url"] for app in apps]) == (
        offered,
        ["https://huggingface.co"] * offered,
    )
