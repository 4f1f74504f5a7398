"""Nothing fetches an address that a user gave: few modules open connections at all, to the operator's servers only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugin import ROOT

PRODUCT = ("accounts", "chatsite", "conversations", "llm", "watching")
TALKERS = {
    "accounts.hugging_face": "OPENID_PROVIDER_URL, and the addresses that it names",
    "accounts.renewal": "OPENID_PROVIDER_URL, and the addresses that it names",
    "chatsite.doctor.mail": "the mail server of EMAIL_URL",
    "chatsite.serving": "nobody: whether the site's own port is free",
    "conversations.stores.client": "the bucket",
    "conversations.stores.s3": "the errors of the bucket's client",
    "llm.backends.huggingface.backend": "LLM_BASE_URL, a server of LLM_ENDPOINTS, or the router",
    "llm.backends.huggingface.call": "the time-outs and errors of the backend",
    "llm.backends.huggingface.completions": "the same",
    "llm.backends.huggingface.failures": "the errors of the hub's client",
    "llm.backends.huggingface.listing": "the same, for the list of models",
    "llm.backends.huggingface.pacing": "how often that client reads",
    "llm.backends.huggingface.transport": "the one client that they share",
    "llm.backends.local.fetch": "the hub, for a model of LLM_MODELS",
    "watching.sentry": "SENTRY_DSN",
}
"""Who may open connections, and to what."""

CLIENTS = {
    "aiohttp", "boto3", "botocore", "ftplib", "http.client", "httpcore", "httpcore2", "httpx", "httpx2",
    "huggingface_hub", "imaplib", "poplib", "requests", "sentry_sdk", "smtplib", "socket", "telnetlib",
    "urllib.request", "urllib3", "websockets", "xmlrpc",
}  # fmt: skip
OPENERS = {"open_connection", "create_connection", "urlopen", "urlretrieve"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for app in PRODUCT:
        for path in sorted(Path(ROOT, app).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def talks(tree: ast.Module) -> bool:
    names = {".".join(name.split(".")[:depth]) for name in imported(tree) for depth in (1, 2)}
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return bool(names & CLIENTS or called & OPENERS)


def test_only_these_modules_open_connections() -> None:
    assert {name for name, tree in modules() if talks(tree)} == TALKERS.keys()


@pytest.mark.parametrize(
    "source",
    [
        "import requests",
        "from urllib import request",
        "from urllib.request import urlopen",
        "async def f():\n    await asyncio.open_connection('x', 1)",
    ],
)
def test_a_module_that_begins_to_is_seen(source: str) -> None:
    assert talks(ast.parse(source))


def test_none_follows_a_redirect_or_a_proxy_of_the_environment() -> None:
    """A server could otherwise send the keys, or the request, to any address: also to one of this machine."""
    made = [(name, node) for name, tree in modules() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    clients = [(name, node) for name, node in made if ast.unparse(node.func) in {"httpx2.AsyncClient", "httpx2.Client"}]
    assert {name for name, _ in clients} == {"accounts.renewal", "llm.backends.huggingface.transport"}
    for name, node in clients:
        said = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        assert (said["follow_redirects"], said["trust_env"]) == ("False", "False"), name


def test_none_uses_requests_but_by_a_session_that_follows_nobody() -> None:
    tree = dict(modules())["accounts.hugging_face"]
    said = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used = {one for one in said if one.startswith("requests.")}
    assert used == {"requests.Session", "requests.Response", "requests.RequestException"}
