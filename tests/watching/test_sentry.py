from __future__ import annotations

from tests.watching.watched import Watched, until
from watching.sentry import KEPT


def test_a_failure_is_reported_with_what_and_where(typed: Watched) -> None:
    def reported() -> bool:
        kinds = {one["type"] for event in typed.sentry.events for one in event.get("exception", {}).get("values", ())}
        return {"StoreUnavailable", "OperationalError"} <= kinds

    assert until(reported)
    event = next(event for event in typed.sentry.events if "store" in event["logentry"]["formatted"])
    frame = event["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    assert frame.keys() == {"filename", "function", "lineno", "context_line", "in_app"}
    assert event["tags"]["request_id"] in {line["request_id"] for line in typed.lines}


def test_nothing_that_was_typed_is_sent_there_and_no_secret(typed: Watched) -> None:
    assert typed.sentry.events
    sent = b"".join(typed.sentry.received).decode()
    assert typed.told(sent) == []
    assert [event.keys() - KEPT for event in typed.sentry.events if event.keys() - KEPT] == []
    assert '"vars"' not in sent
