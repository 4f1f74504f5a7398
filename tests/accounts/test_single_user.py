from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.plugin import ROOT, blank
from tests.ports import free_port
from tests.site import Site, events_in, running


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("single"), SINGLE_USER="true", HOST="localhost") as site:
        yield site


@pytest.fixture
def visitor(own: Site) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=own.url, trust_env=False, timeout=20) as client:
        yield client


def test_the_visitor_is_the_one_user_without_signing_in(visitor: httpx2.Client) -> None:
    page = visitor.get("/", follow_redirects=True)
    assert page.status_code == 200
    assert "/accounts/logout/" not in page.text
    assert visitor.get("/accounts/login/").headers["location"] == "/"


def test_what_is_said_is_answered_and_kept(visitor: httpx2.Client) -> None:
    visitor.get("/c/new/")
    conversation = uuid.uuid4()
    url = f"/c/{conversation}/messages/"
    body = {"message": str(uuid.uuid4()), "parent": None, "text": "What is a store?"}
    headers = {"X-CSRFToken": visitor.cookies["csrftoken"], "Accept": "text/event-stream"}
    with visitor.stream("POST", url, json=body, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        events = [name for name, _ in events_in(answer)]
    assert (events[0], "done" in events) == ("started", True)
    with httpx2.Client(base_url=visitor.base_url, trust_env=False) as another_browser:
        assert another_browser.get("/").headers["location"] == f"/c/{conversation}/"
        assert "What is a store?" in another_browser.get(f"/c/{conversation}/").text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_what_a_proxy_passes_on_is_refused(visitor: httpx2.Client, header: str) -> None:
    refused = visitor.get("/c/new/", headers={header: "203.0.113.7"})
    assert refused.status_code == 403
    assert "Not allowed" in refused.text
    assert visitor.get("/healthz", headers={header: "203.0.113.7"}).status_code == 200


def test_the_one_user_is_no_staff(visitor: httpx2.Client) -> None:
    assert visitor.get("/admin/").headers["location"] == "/admin/login/?next=/admin/"


def test_other_names_of_the_machine_are_refused(visitor: httpx2.Client) -> None:
    assert visitor.get("/c/new/", headers={"Host": "rebound.example"}).status_code == 400


def started(tmp_path: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """gunicorn, which is expected to give up at once."""
    # gunicorn itself reads WEB_CONCURRENCY, and takes an empty one for a number.
    environment = {**blank(), "VAR_DIR": str(tmp_path), "SINGLE_USER": "true", "WEB_CONCURRENCY": "1", **settings}
    command = [sys.executable, "-m", "gunicorn", *arguments, "chatsite.asgi:application"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        ([], {"HOST": "0.0.0.0"}),
        (["--bind", "0.0.0.0:{port}"], {}),
        (["--bind", "127.0.0.1:{port}", "--bind", ":{port}"], {}),
        ([], {"GUNICORN_CMD_ARGS": "--bind unix:{socket}"}),
    ],
    ids=str,
)
def test_a_server_that_others_can_reach_does_not_start(
    tmp_path: Path, arguments: list[str], variables: dict[str, str]
) -> None:
    filled = {"port": free_port(), "socket": tmp_path / "socket"}
    ended = started(
        tmp_path,
        *(argument.format(**filled) for argument in arguments),
        **{name: value.format(**filled) for name, value in variables.items()},
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("SINGLE_USER: nobody would have to sign in")
    assert ended.stderr.count("\n") == 1
