"""How long the server takes for the page of a conversation of 20 and of 500 messages: `python -m benchmarks.opening`.

Whole requests to a real site over one connection, sidebar and all, of messages with code, mathematics and lists. They
ask for compressed pages, as browsers do, and read them as they come: what a client does with them is not counted.
`--database postgresql` and `--store s3` put the real ones in the place of SQLite and the folder.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.page import MIXED, filled
from benchmarks.streams import places
from benchmarks.table import begins, told
from tests.browser.people import People
from tests.site import running

LENGTHS = {20: ("under 10 ms", "7 ms"), 500: ("under 40 ms", "55 ms")}
"""What is wanted, and what Open WebUI needs for the data alone."""

TIMES = 60


def opened(site: HTTPConnection, url: str, headers: dict[str, str]) -> float:
    began = time.perf_counter()
    site.request("GET", url, headers=headers)
    answer = site.getresponse()
    page = answer.read()
    took = time.perf_counter() - began
    assert (answer.status, answer.headers["content-encoding"]) == (200, "gzip"), page
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--store", choices=["folder", "s3"], default="folder")
    chosen = parser.parse_args()
    begins(f"Opening a conversation: {chosen.database}, {chosen.store}")
    with (
        places(chosen.database, chosen.store) as settings,
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), **settings) as site,
    ):
        person = People(site).somebody()
        cookies = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
        headers = {"cookie": cookies, "accept": "text/html", "accept-encoding": "gzip"}
        connection = HTTPConnection(urlsplit(site.url).netloc)
        for length, (wanted, rival) in LENGTHS.items():
            texts = [MIXED.format(n=n, m=n + 2) if n % 2 else f"Step {n}?" for n in range(length)]
            url = f"/c/{filled(site, person.username, texts)}/"
            first = opened(connection, url, headers)
            times = sorted(opened(connection, url, headers) for _ in range(TIMES))
            middle, late = 1000 * statistics.median(times), 1000 * times[int(TIMES * 0.95)]
            told(f"{length} messages, median / 95 of 100", f"{middle:.1f} / {late:.1f} ms", wanted, rival)
            told("  the first time", f"{1000 * first:.0f} ms")


if __name__ == "__main__":
    main()
