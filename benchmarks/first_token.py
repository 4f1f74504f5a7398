"""What the site adds to a model server: time to the first text, and to the whole reply.

`make bench` runs it. The model server of the tests answers each question once by itself and once through the site,
in one run on one machine; the ratios are what to compare.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2

from tests.plugin import ROOT
from tests.ports import free_port
from tests.site import Visitor, running

QUESTION = "Tell me about streams [[slow 0.02]]"
STREAMS = (1, 10, 50)


async def lines(client: httpx2.AsyncClient, url: str, body: object, headers: dict[str, str]) -> AsyncIterator[str]:
    async with client.stream("POST", url, json=body, headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        async for line in response.aiter_lines():
            yield line


async def alone(client: httpx2.AsyncClient, base_url: str) -> tuple[float, float]:
    """Seconds to the first text and to the end."""
    began, first = time.perf_counter(), 0.0
    body = {"model": "test-model", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    async for line in lines(client, f"{base_url}/chat/completions", body, {}):
        data = line.removeprefix("data: ")
        if not first and data.startswith("{") and json.loads(data)["choices"][0]["delta"].get("content"):
            first = time.perf_counter() - began
    return first, time.perf_counter() - began


async def through(client: httpx2.AsyncClient, visitor: Visitor) -> tuple[float, float]:
    began, first = time.perf_counter(), 0.0
    body = {"message": str(uuid.uuid4()), "parent": None, "text": QUESTION}
    url = f"{visitor.http.base_url}/c/{uuid.uuid4()}/messages/"
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
    async for line in lines(client, url, body, {**visitor.headers, "Cookie": cookies}):
        if line == "event: block" and not first:
            first = time.perf_counter() - began
        if line == "event: done":
            break
    return first, time.perf_counter() - began


async def measure(base_url: str, visitor: Visitor) -> None:
    print(f"{'streams':>8} {'':>14} {'alone ms':>10} {'through ms':>10} {'ratio':>7}")
    async with httpx2.AsyncClient(timeout=60, trust_env=False, limits=httpx2.Limits(max_connections=200)) as client:
        await through(client, visitor)
        for streams in STREAMS:
            bare = await asyncio.gather(*(alone(client, base_url) for _ in range(streams)))
            site = await asyncio.gather(*(through(client, visitor) for _ in range(streams)))
            for n, name in enumerate(("first text", "whole reply")):
                a, b = (statistics.median(row[n] for row in rows) * 1000 for rows in (bare, site))
                print(f"{streams:>8} {name:>14} {a:>10.1f} {b:>10.1f} {b / a:>7.2f}")


def main() -> None:
    port = free_port()
    base_url = f"http://127.0.0.1:{port}/v1"
    models = subprocess.Popen([sys.executable, "-m", "tests.model_server", "--port", str(port)], cwd=ROOT)
    settings = {"LLM_BASE_URL": base_url, "LLM_TITLES": "false", "REPLIES_AT_ONCE": str(max(STREAMS))}
    try:
        with tempfile.TemporaryDirectory() as var, running(Path(var), **settings) as site:
            asyncio.run(measure(base_url, site.visitor()))
    finally:
        models.terminate()


if __name__ == "__main__":
    main()
