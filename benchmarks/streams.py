"""Many replies at once: what the site adds to a model's first word, and what it takes of the machine.

`make bench` runs it: one worker, titles off, everything saved; model, people and site share this machine. Beside each
figure stands what is wanted, and what was measured for Open WebUI 0.12.4 on a machine of this kind. `--database
postgresql` and `--store s3` put the real ones, over the wire, in the place of SQLite and the folder; `--server
uvicorn-worker` that worker in the place of gunicorn's own, `--server uvicorn` that server in the place of gunicorn.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx2

from benchmarks import processes
from benchmarks.crowd import Load, Outcome, ask_all, people
from benchmarks.paced_model import PacedModel
from benchmarks.processes import Watched
from benchmarks.table import begins, told
from tests import postgresql
from tests.conversations import bucket
from tests.conversations.kept import wait_for
from tests.plugin import ROOT, blank
from tests.ports import free_port
from tests.site import Site

MOST = 1000
ROOM = 200
METRICS_TOKEN = "metrics-of-a-benchmark"


@contextmanager
def bucket_server() -> Iterator[int]:
    """In a process of its own: in this one it would hold up the clock."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        wait_for(lambda: _answers(f"http://127.0.0.1:{port}"), 20)
        yield port
    finally:
        server.terminate()
        server.wait()


def _answers(url: str) -> bool:
    try:
        return bool(httpx2.get(url, trust_env=False).status_code)
    except httpx2.TransportError:
        return False


@contextmanager
def places(database: str, store: str) -> Iterator[dict[str, str]]:
    """The settings of a site that keeps what it has there."""
    with ExitStack() as stack:
        settings = {}
        if database == "postgresql":
            settings["DATABASE_URL"] = stack.enter_context(postgresql.server())
        if store == "s3":
            port = stack.enter_context(bucket_server())
            settings |= {
                "CONVERSATION_STORE": f"s3://{bucket.new_bucket(port)}/chatsite",
                "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": "key",
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_DEFAULT_REGION": "us-east-1",
            }
        yield settings


def served_by(server: str, var: Path, **settings: str) -> Site:
    """A site that is not yet running. What uvicorn serves without gunicorn knows nothing of gunicorn.conf.py."""
    site = Site(var, **settings)
    if server == "uvicorn-worker":
        site.on_uvicorn()
    elif server == "uvicorn":
        address = ["--host", site.settings["HOST"], "--port", site.settings["PORT"]]
        options = ["--timeout-keep-alive", "75", "--backlog", "2048", "--log-level", "warning"]
        site.command = [sys.executable, "-m", "uvicorn", "chatsite.asgi:application", *address, *options]
    return site


def cold_start(site: Site) -> float:
    """Seconds from the start of the server to its first answer."""
    environment = blank() | site.settings
    began = time.monotonic()
    server = subprocess.Popen(site.command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        wait_for(lambda: _answers(f"{site.url}/healthz"), 60)
        return time.monotonic() - began
    finally:
        server.terminate()
        server.wait()


def writes(site: Site) -> tuple[float, float]:
    """How long all writes to the store have taken so far, in seconds, and how many they were."""
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    told = httpx2.get(f"{site.url}/metrics", headers=headers, trust_env=False).raise_for_status().text
    seconds, count = (
        sum(map(float, re.findall(rf'^chatsite_store_seconds_{what}{{operation="put",.*}} (.*)$', told, re.MULTILINE)))
        for what in ("sum", "count")
    )
    return seconds, count


async def measured(site: Site, model: PacedModel, sessions: list[str], load: Load) -> tuple[Outcome, Watched]:
    assert site.process
    async with Watched(site.process.pid) as watched:
        outcome = await ask_all(site, model, sessions, load)
    return outcome, watched


async def one_worker(site: Site, model: PacedModel) -> None:
    assert site.process
    sessions = await asyncio.to_thread(people, site, MOST)
    await ask_all(site, model, sessions, Load(2, 20, 100, again=3))
    await asyncio.sleep(2)
    told("idle memory", f"{processes.megabytes(site.process.pid):.0f} MB", "under 110 MB", "804 MB")

    one, _ = await measured(site, model, sessions, Load(1, 20, 100, first=0.05, again=20))
    told("added to the first word, 1 stream, median", f"{one.added_ms(0.5):.1f} ms", "under 15 ms", "47 ms")

    fifty, took = await measured(site, model, sessions, Load(50, 300, 30))
    told("processor time of 1,000 words, 50 streams", f"{1000 * took.cpu / max(fifty.words, 1):.2f} s", "under 0.20 s",
         "0.51 s")  # fmt: skip
    told("  added to the first word, median / 95 of 100", _both(fifty), "", "2.1 / 3.8 s")

    before = await asyncio.to_thread(writes, site)
    many, took = await measured(site, model, sessions, Load(200, 300, 30))
    after = await asyncio.to_thread(writes, site)
    told("200 streams, 40 a second: failed", _failed(many), "0", "48 to 81")
    told("  added to the first word, median / 95 of 100", _both(many), "under 50 / 500 ms", "9.3 / 22 s")
    mean = 1000 * (after[0] - before[0]) / max(after[1] - before[1], 1)
    told("  one write to the store meanwhile, mean", f"{mean:.1f} ms")
    told("  words a second of the 6,000 said", f"{many.words_a_second:.0f}", "", "")

    flood, _ = await measured(site, model, sessions, Load(20, 3000, 0, first=0, starts=1000))
    told("20 streams as fast as they go, words a second", f"{flood.words_a_second:.0f}", "over 6,000", "2,400 to 6,000")

    held, took = await measured(site, model, sessions, Load(MOST, 80, 2))
    told("1,000 streams of 2 words a second: failed", _failed(held), "0", "not possible")
    told("  memory / threads", f"{took.megabytes:.0f} MB / {took.threads}", "under 250 MB", "")
    told("  added to the first word, median / 95 of 100", _both(held), "", "")


async def in_line(site: Site, model: PacedModel) -> None:
    sessions = await asyncio.to_thread(people, site, 2 * ROOM)
    model.most_open = 0
    crowd, _ = await measured(site, model, sessions, Load(2 * ROOM, 240, 10, starts=100))
    queued = sum(bool(one.places) for one in crowd.seen)
    told("400 streams where 200 are allowed: failed", _failed(crowd), "0", "")
    told("  shown their place / most at the model at once", f"{queued} / {model.most_open}", "about 200 / 200", "")


async def far_from_its_store(site: Site, model: PacedModel) -> None:
    sessions = await asyncio.to_thread(people, site, 1)
    one, _ = await measured(site, model, sessions, Load(1, 20, 100, first=0.05, again=20))
    told("the same with 50 ms added to each request to the store", f"{one.added_ms(0.5):.1f} ms", "under 70 ms")
    # It is asked while the question is being saved: so nothing is hidden behind its own time.
    hasty, _ = await measured(site, model, sessions, Load(1, 20, 100, first=0, again=20))
    told("  and a model that answers at once", f"{hasty.added_ms(0.5):.1f} ms", "under 70 ms")


def _failed(outcome: Outcome) -> str:
    """How many, and what most of them met."""
    met = Counter(wrong.split("\r\n")[0] for wrong in outcome.failed).most_common(1)
    return f"{len(outcome.failed)} ({met[0][0][:60]})" if met else "0"


def _both(outcome: Outcome) -> str:
    return f"{outcome.added_ms(0.5):.0f} / {outcome.added_ms(0.95):.0f} ms"


async def run(server: str, settings: dict[str, str]) -> None:
    async with PacedModel() as model:
        models = {"LLM_BASE_URL": model.url, "LLM_MODELS": "paced", "LLM_TITLES": "false"}
        settings = settings | models | {"METRICS_TOKEN": METRICS_TOKEN}
        async with served(server, **settings) as site:
            await one_worker(site, model)
            await asyncio.to_thread(site.stop)
            starts = sorted([await asyncio.to_thread(cold_start, site) for _ in range(3)])
            told("cold start until the first answer", f"{starts[1]:.1f} s", "under 2 s", "11 to 13 s")
        if server != "uvicorn":
            slow = {"GUNICORN_CMD_ARGS": f"-c {ROOT / 'benchmarks/slow_store.py'}", "STORE_DELAY": "0.05"}
            async with served(server, **slow, **settings) as site:
                await far_from_its_store(site, model)
        async with served(server, LLM_AT_ONCE=str(ROOM), **settings) as site:
            await in_line(site, model)


@asynccontextmanager
async def served(server: str, **settings: str) -> AsyncIterator[Site]:
    with tempfile.TemporaryDirectory() as var:
        site = served_by(server, Path(var), **settings)
        await asyncio.to_thread(site.start)
        try:
            yield site
        finally:
            await asyncio.to_thread(site.stop)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--store", choices=["folder", "s3"], default="folder")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--server", choices=["gunicorn", "uvicorn-worker", "uvicorn"], default="gunicorn")
    chosen = parser.parse_args()
    begins(f"Streams: {chosen.workers} worker(s) of {chosen.server}, {chosen.database}, {chosen.store}")
    with places(chosen.database, chosen.store) as settings:
        asyncio.run(run(chosen.server, settings | {"WEB_CONCURRENCY": str(chosen.workers)}))


if __name__ == "__main__":
    main()
