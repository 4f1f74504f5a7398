"""The numbers of this site, as Prometheus reads them.

Labels have few values, all of them ours: no id, no model and no text that comes from a request.
"""

from __future__ import annotations

import fcntl
import math
import os
import time
from collections.abc import Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.samples import Sample

from watching import processes
from watching.processes import FOLDER

CONTENT_TYPE = CONTENT_TYPE_LATEST

# Twice the lines, for what nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]
_registry = CollectorRegistry()

request_seconds = Histogram(
    "chatsite_request_seconds",
    "Time to answer a request; of a stream, to its first byte",
    ("method", "view", "status"),
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30),
    registry=_registry,
)
first_token_seconds = Histogram(
    "chatsite_reply_first_token_seconds",
    "Time from a question to the first word of its reply",
    ("backend",),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800),
    registry=_registry,
)
tokens_per_second = Histogram(
    "chatsite_reply_tokens_per_second",
    "Speed of a reply, from its first word to its last",
    ("backend",),
    buckets=(1, 2, 5, 10, 20, 40, 80, 160, 320),
    registry=_registry,
)
tokens = Counter("chatsite_reply_tokens", "Tokens that models have written", ("backend",), registry=_registry)
replies = Counter("chatsite_replies", "Replies that have ended", ("backend", "finish"), registry=_registry)
failures = Counter("chatsite_reply_failures", "Replies that failed, and why", ("backend", "code"), registry=_registry)
running = Gauge(
    "chatsite_replies_running", "Replies being written now", multiprocess_mode="livesum", registry=_registry
)
queued = Gauge(
    "chatsite_replies_queued", "Those of them that wait for their turn", multiprocess_mode="livesum", registry=_registry
)
store_seconds = Histogram(
    "chatsite_store_seconds",
    "Time of one call to the store, and how it ended",
    ("operation", "outcome"),
    buckets=(0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30),
    registry=_registry,
)
database_seconds = Histogram(
    "chatsite_database_seconds",
    "Time of one query, waiting for locks included",
    ("operation",),
    buckets=(0.0005, 0.002, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 20),
    registry=_registry,
)
CHECKPOINT_AGE = "chatsite_checkpoint_age_seconds"
_checkpoint = Gauge(
    CHECKPOINT_AGE,
    "Seconds since running replies were last saved; 0 while none runs",
    multiprocess_mode="livemax",
    registry=_registry,
)
ProcessCollector(registry=_registry)

# Time is kept backwards, so that of several processes the oldest is the greatest, and 0 is none.
_FAR = 1e10


def saved() -> None:
    """What running replies have said is safe now."""
    _checkpoint.set(_FAR - time.time())


def saving_begins(replies: int, waiting: int) -> None:
    running.set(replies)
    queued.set(waiting)


def none_runs() -> None:
    saving_begins(0, 0)
    _checkpoint.set(0)


def exposition() -> bytes:
    """Of all processes under this server, where there are several."""
    registry = CollectorRegistry()
    registry.register(_Told())
    return generate_latest(registry)


class _Told:
    def collect(self) -> Iterator[Metric]:
        for metric in _collected():
            if metric.name == CHECKPOINT_AGE:
                metric.samples = [_aged(sample) for sample in metric.samples]
            yield metric


def _collected() -> list[Metric]:
    if FOLDER not in os.environ:
        return list(_registry.collect())
    with processes.locked(fcntl.LOCK_SH):
        return list(MultiProcessCollector(None).collect())  # type: ignore[no-untyped-call]


def _aged(sample: Sample) -> Sample:
    age = max(0.0, time.time() - (_FAR - sample.value)) if sample.value else 0.0
    return sample._replace(value=round(age, 3) if math.isfinite(age) else 0.0)
