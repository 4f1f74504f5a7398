from __future__ import annotations

import ctypes
import socket
import subprocess
import sys
import uuid
from itertools import islice
from pathlib import Path

import pytest

from chatsite.serving import summary
from tests.conversations.kept import messages, wait_for
from tests.model_server import ModelServer
from tests.plugin import ROOT, blank, clean
from tests.site import Site

LARGE_ONES = """
import ctypes
from chatsite.serving import LARGE, share_memory


class Used(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in ("arena", "free", "fast", "mapped", *"abcdef")]


glibc = ctypes.CDLL(None)
glibc.malloc.restype, glibc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
glibc.free.argtypes = [ctypes.c_void_p]
glibc.mallinfo2.restype = Used
share_memory()
glibc.free(glibc.malloc(16 * LARGE))
before = glibc.mallinfo2().mapped
# Some find room in the heap as it is.
for _ in range(100):
    glibc.malloc(2 * LARGE)
print(glibc.mallinfo2().mapped > before)
"""

WARMED = """
import gc
import weakref

import chatsite.asgi
from chatsite.lifespan import YOUNG, warm


class Thing:
    pass


warm()
spared = gc.get_freeze_count()
thing = Thing()
thing.itself, there = thing, weakref.ref(thing)
del thing
many = [[] for _ in range(YOUNG + 100)]
print(spared > 50_000, there() is None)
"""


def test_every_server_can_load_the_site_without_being_told_of_django(tmp_path: Path) -> None:
    environment = {**clean, "VAR_DIR": str(tmp_path)}
    del environment["DJANGO_SETTINGS_MODULE"]
    (tmp_path / "static").mkdir()
    loading = [sys.executable, "-W", "error", "-c", "from chatsite.asgi import application"]
    subprocess.run(loading, cwd=ROOT, env=environment, check=True)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="Only glibc has these limits")
def test_what_is_large_lies_beside_the_heap_whatever_was_freed_before(tmp_path: Path) -> None:
    environment = {**clean, "VAR_DIR": str(tmp_path)}
    (tmp_path / "static").mkdir()
    asking = [sys.executable, "-c", LARGE_ONES]
    assert subprocess.run(asking, cwd=ROOT, env=environment, check=True, capture_output=True).stdout == b"True\n"


def test_what_a_process_has_begun_with_is_not_looked_through_for_garbage_but_what_comes_is(tmp_path: Path) -> None:
    environment = {**clean, "VAR_DIR": str(tmp_path)}
    (tmp_path / "static").mkdir()
    asking = [sys.executable, "-c", WARMED]
    assert subprocess.run(asking, cwd=ROOT, env=environment, check=True, capture_output=True).stdout == b"True True\n"


@pytest.mark.parametrize(
    ("listening", "told"),
    [
        (("127.0.0.1", 8000), "http://127.0.0.1:8000"),
        (("::1", 8000, 0, 0), "http://[::1]:8000"),
        ("/run/chatsite.sock", "/run/chatsite.sock"),
    ],
)
def test_the_operator_is_told_an_address_a_browser_takes(listening: object, told: str) -> None:
    assert summary(listening).splitlines()[0] == f"Chatsite runs at {told}"


def refused(folder: Path, **variables: str) -> str:
    environment = blank() | {"VAR_DIR": str(folder), **variables}
    # gunicorn reads it too, and takes nothing for no number.
    del environment["WEB_CONCURRENCY"]
    started = subprocess.run(
        [sys.executable, "-m", "gunicorn", "chatsite.asgi:application"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert started.returncode == 1
    return started.stderr


def test_a_port_that_is_taken_is_told_in_a_line_that_names_the_variable(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refused(tmp_path, PORT=str(port))
    assert said == f"PORT: something else listens at 127.0.0.1:{port}: end it, or set another PORT\n"


def test_an_address_of_another_machine_is_told_in_a_line_that_names_the_variable(tmp_path: Path) -> None:
    assert refused(tmp_path, HOST="192.0.2.1").startswith("HOST: 192.0.2.1 is no address of this machine: ")


def test_on_uvicorn_too_a_reply_whose_process_died_is_finished_though_nobody_looks(tmp_path: Path) -> None:
    with ModelServer() as models:
        site = Site(tmp_path, LLM_BASE_URL=models.base_url, LLM_TITLES="false", REPLY_STALE_SECONDS="2").on_uvicorn()
        site.start()
        conversation = str(uuid.uuid4())
        body = {"message": str(uuid.uuid4()), "parent": None, "text": f"[[slow 0.1]] [[say: {'word ' * 200}]]"}
        with site.visitor().stream(f"/c/{conversation}/messages/", body) as events:
            wait_for(lambda: any(data.get("chars", 0) > 9 for _, data in islice(events, 3)), 10)
            site.kill()
        site.start()
        try:
            cut = wait_for(lambda: [one for one in messages(site, conversation).values() if one.get("finish")], 20)
            assert [one["finish"] for one in cut] == ["interrupted"]
        finally:
            site.stop()
