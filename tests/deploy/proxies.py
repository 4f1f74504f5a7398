"""A real nginx and a real Caddy, started from the example files with the ports of a test in the place of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests import outgoing
from tests.conversations.kept import wait_for
from tests.plugin import ROOT
from tests.ports import free_port

AROUND = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@contextmanager
def nginx(folder: Path, sites: Sequence[int]) -> Iterator[str]:
    """The address under which it answers for these sites."""
    port = free_port()
    example = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    servers = re.search(r"( +server )127\.0\.0\.1:8000( .*;\n).*\n", example)
    assert servers, example
    example = example.replace(servers[0], "".join(f"{servers[1]}127.0.0.1:{site}{servers[2]}" for site in sites))
    (folder / "site.conf").write_text(example.replace("listen 80;", f"listen 127.0.0.1:{port};"), encoding="utf-8")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder), encoding="utf-8")
    command = [program("nginx"), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    # Its workers would be another user's, who cannot look into the folder of the tests.
    command += ["-g", "user root;"] if os.geteuid() == 0 else []
    with serving(command, port) as url:
        yield url


@contextmanager
def caddy(folder: Path, sites: Sequence[int]) -> Iterator[str]:
    port = free_port()
    example = (ROOT / "deploy/Caddyfile").read_text(encoding="utf-8")
    example = example.replace("127.0.0.1:8000 127.0.0.1:8001", " ".join(f"127.0.0.1:{site}" for site in sites))
    example = example.replace("chat.example.org {", f"http://127.0.0.1:{port} {{")
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + example, encoding="utf-8")
    command = [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with serving(command, port, HOME=str(folder)) as url:
        yield url


def program(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@contextmanager
def serving(command: list[str], port: int, **environment: str) -> Iterator[str]:
    outgoing.is_site(port)
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: answers(f"{url}/healthz"))
        yield url
    finally:
        process.terminate()
        process.wait(10)


def answers(url: str) -> bool:
    try:
        return httpx2.get(url, trust_env=False).is_success
    except httpx2.TransportError:
        return False
