"""Model servers others have written, each with a tiny model: llama.cpp's own, and `transformers serve`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests import gguf_file, tiny_models
from tests.ports import free_port

START_SECONDS = 90

_LLAMA = """
import sys, time
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.port = sys.argv[1], int(sys.argv[2])
params.hostnames = ["127.0.0.1"]
params.n_parallel, params.n_ctx, params.n_threads_http = 4, 4 * int(sys.argv[3]), 16
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
params.use_jinja, params.warmup, params.fit_params = True, False, False
server = xllamacpp.Server(params)
while True:
    time.sleep(3600)
"""


@contextmanager
def llama_cpp(model: str, folder: Path) -> Iterator[str]:
    """The base URL of llama.cpp's server with one of the tiny models."""
    file = folder / f"{model}.gguf"
    gguf_file.write(tiny_models.folder(model), file)
    port = free_port()
    command = [sys.executable, "-c", _LLAMA, str(file), str(port), str(tiny_models.LIMIT)]
    with _running(command, port, folder / f"{model}.log"):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def transformers_serve(model: str, folder: Path) -> Iterator[str]:
    port = free_port()
    served = str(tiny_models.folder(model))
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", served, "--device", "cpu"]
    (folder / "hub").mkdir(exist_ok=True)
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder), "OMP_NUM_THREADS": "1", "WEB_CONCURRENCY": "1"}
    with _running([*command, "--host", "127.0.0.1", "--port", str(port)], port, folder / "serve.log", **offline):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def _running(command: list[str], port: int, log: Path, **environment: str) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | environment)
    try:
        until = time.monotonic() + START_SECONDS
        while not _healthy(port):
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(log.read_text(encoding="utf-8", errors="replace"))
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def _healthy(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/health", trust_env=False, timeout=5).is_success
    except httpx2.TransportError:
        return False
