"""What is lost and what grows where people talk all the time and a worker is killed every minute.

`python -m benchmarks.soak` takes half an hour. People think, ask, stop, reload, leave, come back, ask again, go on,
search and rename, some in conversations that get long, and models name the conversations. Of two workers the younger
dies, so that the older shows what grows. A line a minute tells how many replies there were so far, and what the site
took in this minute; in the end what it has kept is compared with what it had acknowledged and shown. The exit code
tells whether a word was lost, a reply failed for a reason other than the kills, or memory, threads, descriptors or
temporary files grew.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from benchmarks import growth
from benchmarks.growth import Sample
from benchmarks.talker import Talker
from tests import postgresql
from tests.browser.people import People
from tests.crashes import promises
from tests.crashes.lateness import Lateness
from tests.crashes.ordeal import A_SECOND, DEADLINE, STALE
from tests.crashes.ordeal import wait_for as waiting_for
from tests.crashes.promises import Broken, Store
from tests.crashes.readers import Asked, all_of
from tests.crashes.rows import Rows
from tests.plugin import ROOT
from tests.ports import free_port
from tests.site import Site

WORKERS = 2
PART_BYTES = 16_384
EVERY = 60.0
LOOKS = 6
"""How often in a minute it is looked at what the site takes."""

MARK = 5
"""The minute with which the end is compared: by then everything has been used once."""

FAITHFUL = 5
"""Every so many-th stays in one conversation."""

SHOCK = 3.0
"""Seconds after a kill in which it explains that somebody got no answer."""

PATIENCE = 20
MOST_TOLD = 60
ROW = "{:>6} {:>8} {:>8} {:>6} {:>7} {:>6} {:>10} {:>8} {:>12} {:>10} {:>12}"
HEAD = ROW.format("minute", "replies", "stopped", "cut", "failed", "MB", "oldest MB", "threads", "descriptors",
                  "temporary", "connections")  # fmt: skip


class Soak:
    def __init__(self, folder: Path, model_url: str, *, people: int, database_url: str) -> None:
        self.folder = folder
        self.people = people
        self.orders, self.temp = folder / "orders", folder / "temporary"
        self.orders.mkdir()
        self.temp.mkdir()
        self.site = Site(
            folder,
            CRASH_FOLDER=str(self.orders),
            CRASH_POINTS="",
            GUNICORN_CMD_ARGS=f"-c {ROOT / 'tests/crashes/gunicorn_conf.py'}",
            TMPDIR=str(self.temp),
            LLM_BASE_URL=model_url,
            LLM_MODELS="test-model",
            WEB_CONCURRENCY=str(WORKERS),
            DATABASE_URL=database_url,
            REPLY_STALE_SECONDS=str(STALE),
            TRANSCRIPT_PART_BYTES=str(PART_BYTES),
        )
        self.rows = Rows(self.site)
        self.talkers: list[Talker] = []
        self.deaths: list[float] = []
        self.samples: list[Sample] = []
        self.lateness = Lateness(self.orders)

    async def run(self, minutes: int) -> list[str]:
        """What is wrong, in words."""
        await asyncio.to_thread(self.site.start)
        try:
            await asyncio.to_thread(self._people)
            self.oldest = self.workers()[0]
            measuring = asyncio.create_task(self.lateness.measure())
            over = asyncio.Event()
            talking = [asyncio.create_task(talker.talk(over)) for talker in self.talkers]
            self.began = time.monotonic()
            looking = asyncio.create_task(self._look())
            for minute in range(1, minutes + 1):
                await self._kill_at(minute)
            looking.cancel()
            over.set()
            wrong = [] if await all_of(talking, 120) else ["somebody talks on for two minutes"]
            wrong += [repr(error) for task in talking if task.done() and (error := task.exception())]
            wrong += map(str, await self._settled())
            measuring.cancel()
            return wrong + self._said_wrong() + self._grown(minutes)
        finally:
            await asyncio.to_thread(self.site.stop)

    def _people(self) -> None:
        everybody = People(self.site)
        self.talkers = [Talker(everybody.somebody(), faithful=n % FAITHFUL == 0) for n in range(self.people)]

    def workers(self) -> list[int]:
        assert self.site.process
        master = self.site.process.pid
        return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]

    async def _look(self) -> None:
        assert self.site.process
        master = self.site.process.pid
        while True:
            minutes = (time.monotonic() - self.began) / EVERY
            url = self.site.settings["DATABASE_URL"]
            files = len(growth.temporary(self.temp, self.folder / "store"))
            self.samples.append(await asyncio.to_thread(growth.sample, minutes, master, self.oldest, files, url))
            await asyncio.sleep(EVERY / LOOKS)

    async def _kill_at(self, minute: int) -> None:
        """So that who was cut off has been told before the minute is over."""
        half = EVERY / 2
        await asyncio.sleep(max(0.0, self.began + EVERY * minute - half - time.monotonic()))
        victims = [pid for pid in self.workers() if pid != self.oldest]
        for asked in self._running():
            asked.crash = f"the kill of minute {minute}"
        self.deaths.append(time.monotonic())
        os.kill(victims[-1], signal.SIGKILL)
        await asyncio.sleep(max(0.0, self.began + EVERY * minute - time.monotonic()))
        self._tell(minute)

    def _running(self) -> list[Asked]:
        return [asked for talker in self.talkers for asked in talker.running()]

    @property
    def asked(self) -> list[Asked]:
        return [one for talker in self.talkers for one in talker.asked]

    def _tell(self, minute: int) -> None:
        ends = Counter(one.outcome[1].get("finish", one.outcome[0]) for one in self.asked if one.outcome)
        now = growth.typical(self.samples, minute)
        replies = [minute, ends["stop"], ends["stopped"], ends["interrupted"], len(self._said_wrong())]
        took = [f"{now.megabytes:.0f}", f"{now.oldest:.0f}", now.threads, now.descriptors, now.files]
        print(ROW.format(*replies, *took, now.connections or ""), flush=True)

    def _said_wrong(self) -> list[str]:
        """What went wrong, but for what a kill explains."""
        seen = [what for talker in self.talkers for at, what in talker.wrong if not self._by_a_kill(at, what)]
        ends = [(one, *one.outcome) for one in self.asked if one.outcome]
        failed = [f"{one.name} ended with {end} {data.get('code') or data.get('finish')}" for one, end, data in ends
                  if not one.crash and (end == "failed" or data["finish"] == "interrupted")]  # fmt: skip
        return seen + failed

    def _by_a_kill(self, moment: float, what: str) -> bool:
        # A question that its process had not yet saved may be asked again when that is known to be dead.
        after = DEADLINE if "refused with 503" in what else SHOCK
        return any(0 <= moment - death <= after for death in self.deaths)

    async def _settled(self) -> list[Broken]:
        """What is not as promised, once the last who were cut off must have been told."""
        with suppress(TimeoutError):
            await waiting_for(lambda: not self.rows.running(), DEADLINE + PATIENCE, pause=0.5)
        found = [Broken("stuck", reply, "still seems to be written") for reply in self.rows.running()]
        owner = {one.conversation: talker for talker in self.talkers for one in talker.asked}
        store = Store(self.folder / "store")
        called = {conversation: title for conversation, (title, *_) in self.rows.conversations().items()}
        for conversation, kept in store.kept.items():
            # A title may be in the store and not yet in the row: whoever opens the conversation sees to that.
            if conversation in owner and called.get(conversation) != kept.document["title"]:
                await owner[conversation].readers.page(conversation)
            if conversation in owner and kept.document["owner"]["username"] != owner[conversation].person.username:
                found.append(Broken("other", conversation, "is not its owner's"))
        safe = {death: death - A_SECOND - self.lateness.before(death, 2) for death in self.deaths}
        print(f"a second before a kill is, as late as this machine is: "
              f"{max((death - until for death, until in safe.items()), default=0):.1f} s at most")  # fmt: skip
        return found + promises.broken(self.asked, safe, store, self.rows)

    def _grown(self, minutes: int) -> list[str]:
        mark = min(MARK, max(1, minutes // 2))
        before, halfway, after = (growth.typical(self.samples, at) for at in (mark, max(mark, minutes // 2), minutes))
        print(f"from minute {mark} to {minutes}: {growth.drift(before, after)}")
        # In a shorter run pools are still filling up.
        long_enough = minutes >= 2 * MARK
        return [f"grown: {what}" for what in growth.grown(before, halfway, after)] if long_enough else []


@contextmanager
def model_server() -> Iterator[str]:
    """In a process of its own: this one has readers enough."""
    port = free_port()
    command = [sys.executable, "-m", "tests.model_server", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert server.stdout
    server.stdout.readline()
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    options = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(postgresql.server()) if options.database == "postgresql" else ""
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        model = stack.enter_context(model_server())
        print(f"{options.people} people, {WORKERS} workers, {options.database}")
        print(HEAD, flush=True)
        soak = Soak(folder, model, people=options.people, database_url=url)
        wrong = asyncio.run(soak.run(options.minutes))
        print(f"{len(soak.asked)} questions, {len(soak.deaths)} kills; wrong: {len(wrong)}")
        for what in wrong[:MOST_TOLD]:
            print(f"  {what}")
        errors = [line for line in soak.site.log.read_text().splitlines() if "ERROR" in line and "SIGKILL" not in line]
        print(f"{len(errors)} errors in the log" + "".join(f"\n  {line[:200]}" for line in errors[:MOST_TOLD]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
