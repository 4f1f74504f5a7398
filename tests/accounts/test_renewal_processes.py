"""The real site, at its most talkative: what a sign-in leaves in the log, and several processes that renew at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest

from tests.conversations.kept import wait_for
from tests.openid_provider import CLIENT, SECRET, Provider
from tests.plugin import ROOT, blank
from tests.site import Site, running, token_in

ASK = """
import asyncio, json
from accounts.models import User
from accounts.tokens import hugging_face_token
from conversations.writer import write

user = User.objects.get(username="dora").id
print("ready", flush=True)
print(json.dumps(asyncio.run(hugging_face_token(user, write))))
"""


@pytest.fixture
def provider() -> Iterator[Provider]:
    # The token has ended as soon as it is given, and is renewed when it is asked for.
    with Provider(lasts=-1) as provider:
        yield provider


@pytest.fixture
def site(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    client = {"OAUTH_CLIENT_ID": CLIENT, "OAUTH_CLIENT_SECRET": SECRET, "OPENID_PROVIDER_URL": provider.url}
    with running(tmp_path_factory.mktemp("talkative"), LOG_LEVEL="DEBUG", **client) as site:
        yield site


def sign_in(site: Site) -> httpx2.Client:
    browser = httpx2.Client(base_url=site.url, trust_env=False, follow_redirects=True, timeout=20)
    form = {"csrfmiddlewaretoken": token_in(browser.get("/accounts/login/").text), "next": "/settings/"}
    page = browser.post("/accounts/oidc/huggingface/login/", data=form, headers={"Referer": site.url})
    assert "You are signed in at Hugging Face as" in page.text
    return browser


def asking(site: Site) -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", ASK]
    return subprocess.Popen(command, cwd=ROOT, env=blank() | site.settings, text=True, stdout=-1, stderr=-1)


def test_of_many_processes_one_renews_and_all_have_the_same(site: Site, provider: Provider) -> None:
    sign_in(site)
    provider.gate.clear()
    processes = [asking(site) for _ in range(3)]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    assert provider.renewing.wait(20)
    provider.lasts = 28800
    provider.gate.set()
    assert [json.loads(process.communicate(timeout=30)[0]) for process in processes] == [provider.given[2]] * 3
    assert len(provider.given) == 4


def log_of(site: Site) -> str:
    return site.log.read_text(encoding="utf-8", errors="replace")


def test_the_log_and_the_pages_tell_no_secret(site: Site, provider: Provider) -> None:
    browser = sign_in(site)
    asked = asking(site)
    told = asked.communicate(timeout=30)[1]
    provider.renews = 401
    told += asking(site).communicate(timeout=30)[1]
    pages = [browser.get(path).text for path in ("/settings/", "/accounts/3rdparty/", "/c/new/")]
    # The address is asked for once more, as by somebody who reloads the page.
    pages.append(browser.get("/accounts/oidc/huggingface/login/callback/?code=x&state=y").text)
    # A request has its line once it has ended, which is after its answer.
    wait_for(lambda: "Unauthorized" in log_of(site))
    everything = told + log_of(site) + "".join(pages)
    assert len(provider.given) == 4
    assert [secret for secret in [*provider.given, SECRET, *provider.used] if secret in everything] == []
