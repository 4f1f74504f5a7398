"""What a dyno of 512 MB has left: `python -m benchmarks.dyno` runs the Procfile with two workers and 200 open streams.

PostgreSQL and the S3 server are real ones on this machine, the model speaks two words a second. Memory is the
proportional share of all processes of the dyno, as the kernel counts it (`Pss`).
"""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import httpx2

from tests.crashes.readers import Readers, question
from tests.deploy import checkout, servers
from tests.deploy.dyno import APP, Dyno, Router
from tests.plugin import ROOT
from tests.ports import free_port
from tests.site import Visitor

STREAMS = 200
WORDS, PAUSE = 60, 0.5
STARTS_A_SECOND = 40
WANTED = 512
KB_IN_MB = 1024


def memory(dyno: Dyno) -> float:
    """In MB."""
    shares = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in dyno.pids)
    return sum(int(number) for share in shares for number in re.findall(r"(?m)^Pss: +(\d+) kB", share)) / KB_IN_MB


def threads(dyno: Dyno) -> int:
    return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in dyno.pids)


async def speak(dyno: Dyno, visitor: Visitor) -> None:
    readers = Readers(visitor)
    readers.headers["X-Forwarded-Proto"] = "https"
    readers.headers["Host"] = APP
    readers.http = httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{dyno.port}", timeout=120, trust_env=False,
        headers={"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.http.cookies.jar)},
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
    )  # fmt: skip
    asked = [question(f"d{number:03}", WORDS, PAUSE) for number in range(STREAMS)]
    tasks = []
    for one in asked:
        tasks.append(asyncio.create_task(readers.ask(one)))
        await asyncio.sleep(1 / STARTS_A_SECOND)
    await asyncio.sleep(WORDS * PAUSE / 2)
    print(f"{'with open streams':>20}: {sum(one.reply is not None and not one.left_at for one in asked)}")
    print(f"{'memory':>20}: {memory(dyno):.0f} MB, wanted: under {WANTED}")
    print(f"{'threads':>20}: {threads(dyno)}")
    await asyncio.gather(*tasks)
    ends = Counter(one.outcome[1].get("finish", one.outcome[0]) if one.outcome else one.refused for one in asked)
    print(f"{'ended with':>20}: {dict(ends)}")
    await readers.close()


def main() -> None:
    # The S3 server tells of each request.
    logging.disable()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        both = stack.enter_context(servers.shared())
        port = free_port()
        models = subprocess.Popen([sys.executable, "-m", "tests.model_server", "--port", str(port)], cwd=ROOT)
        stack.callback(models.wait)
        stack.callback(models.terminate)
        slug = checkout.copied(folder / "slug", ROOT / ".slugignore")
        checkout.python(slug, "manage.py", "collectstatic", "--noinput").check_returncode()
        config = {
            "DATABASE_URL": both.database_url, "SECRET_KEY": "s" * 64, "ENCRYPTION_KEY": "e" * 64,
            "LLM_BASE_URL": f"http://127.0.0.1:{port}/v1", "LLM_TITLES": "false", "REPLIES_AT_ONCE": str(STREAMS),
            **both.bucketeer,
        }  # fmt: skip
        Dyno("release", slug, config, folder / "release.log").wait()
        dyno = Dyno("web", slug, config, folder / "web.log")
        stack.callback(dyno.kill)
        dyno.up()
        visitor = Visitor(f"https://{APP}", Router(dyno.port))
        for _ in range(20):
            visitor.http.get("/c/new/")
        print(f"{'idle':>20}: {memory(dyno):.0f} MB in {len(dyno.pids)} processes")
        asyncio.run(speak(dyno, visitor))


if __name__ == "__main__":
    main()
