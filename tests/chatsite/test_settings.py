from __future__ import annotations

import importlib.util
import runpy
import sys
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core.mail import EmailMessage

from tests.plugin import ROOT


def loaded(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> dict[str, Any]:
    """The settings as a process with these variables reads them; SystemExit as it would end."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "chatsite/settings.py"))


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


@pytest.mark.parametrize("url", ["", "http://[::1]:8000", "http://192.168.1.5", "http://chat", "https://a.example"])
def test_another_sender_may_be_named_and_none_has_to_be(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    host = url.partition("://")[2].removesuffix(":8000").strip("[]") or "localhost"
    assert loaded(monkeypatch, {"SITE_URL": url})["SENDER"] == f"noreply@{host}"
    settings = loaded(monkeypatch, {"SITE_URL": url, "EMAIL_FROM": "chat@mail.example.org"})
    assert settings["DEFAULT_FROM_EMAIL"] == "Chatsite <chat@mail.example.org>"


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
