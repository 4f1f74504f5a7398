"""Settings that cannot be meant."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chatsite.test_settings import loaded
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
    {"SITE_NAME": "Chat\nBcc: all@example.org"},
    {"DATABASE_CONNECTIONS": "1"},
    {"DATABASE_URL": "mysql://root@localhost/x"},
    {"DATABASE_URL": "chat.sqlite3"},
    {"DATABASE_URL": "postgres://chat:pw@127.0.0.1"},
    {"DATABASE_URL": "postgres://"},
    {"DATABASE_URL": "postgres://chat:p@ss/w@127.0.0.1/x"},
    {"DATABASE_URL": "postgres://chat:p?w@127.0.0.1/x"},
    {"DATABASE_URL": "postgres://chat:p@ss#w@127.0.0.1/x"},
    {"DATABASE_URL": "postgres://localhost:port/x"},
    {"DATABASE_URL": "sqlite://"},
    {"DATABASE_URL": "sqlite://var/db.sqlite3"},
    {"DATABASE_URL": "sqlite:///:memory:"},
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
    {"EMAIL_URL": "smtp://"},
    {"EMAIL_URL": "smtp+tls://user:password@:587"},
    {"EMAIL_FROM": "chat"},
    {"EMAIL_FROM": "Chat <chat@example.org>"},
    {"HF_TOKEN": "hf_é"},
    {"LLM_API_KEY": "a\nb", "LLM_BASE_URL": "http://localhost:1/v1"},
    {"LLM_KEY_A": "“quoted”", "LLM_ENDPOINTS": "a=http://localhost:1/v1"},
    {"SECRET_KEY": "", **DYNO},
    {"ENCRYPTION_KEY": "", **DYNO, "SECRET_KEY": "s"},
    {"DATABASE_URL": "", **KEYS},
    {"DATABASE_URL": "sqlite:///chat.sqlite3", **KEYS},
    {"CONVERSATION_STORE": "", **KEYS, "DATABASE_URL": "postgres://u@db/x"},
    {"CONVERSATION_STORE": "file:///data", **KEYS, "DATABASE_URL": "postgres://u@db/x"},
]


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
