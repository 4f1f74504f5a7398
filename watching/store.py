"""How long the calls to a store take."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def timed(operation: Callable[P, T]) -> Callable[P, T]:
    """Counted by the name of the operation and by how it ended: `ok`, or the exception."""

    @functools.wraps(operation)
    def measured(*args: P.args, **kwargs: P.kwargs) -> T:
        began = time.monotonic()
        outcome = "ok"
        try:
            return operation(*args, **kwargs)
        except Exception as error:
            outcome = type(error).__name__
            raise
        finally:
            _observe(operation.__name__, outcome, time.monotonic() - began)

    return measured


def timed_list(operation: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
    """The same for one that lists: without the time of those who look at what is listed."""

    @functools.wraps(operation)
    def measured(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        listed, took, outcome = operation(*args, **kwargs), 0.0, "ok"
        try:
            while True:
                began = time.monotonic()
                try:
                    item = next(listed)
                finally:
                    took += time.monotonic() - began
                yield item
        except StopIteration:
            return
        except Exception as error:
            outcome = type(error).__name__
            raise
        finally:
            _observe(operation.__name__, outcome, took)

    return measured


def _observe(operation: str, outcome: str, seconds: float) -> None:
    # The server looks at the store's address before it knows how many processes there will be to add up.
    from watching import metrics  # noqa: PLC0415

    metrics.store_seconds.labels(operation, outcome).observe(seconds)
