"""A line in the log and the numbers for each reply that has ended."""

from __future__ import annotations

import logging
from uuid import UUID

from watching import metrics

logger = logging.getLogger("reply")


def ended(
    reply: UUID,
    conversation: UUID,
    *,
    model: str,
    backend: str,
    finish: str,
    code: str | None,
    first_ms: int | None,
    total_ms: int | None,
    tokens: int | None,
) -> None:
    """`code` says why it failed; None for all that is not known."""
    speed = speed_of(first_ms, total_ms, tokens)
    metrics.replies.labels(backend, finish).inc()
    if code:
        metrics.failures.labels(backend, code).inc()
    if first_ms is not None:
        metrics.first_token_seconds.labels(backend).observe(first_ms / 1000)
    if tokens:
        metrics.tokens.labels(backend).inc(tokens)
    if speed:
        metrics.tokens_per_second.labels(backend).observe(speed)
    fields = {
        "reply": str(reply),
        "conversation": str(conversation),
        "model": model or None,
        "backend": backend,
        "finish": finish,
        "code": code,
        "first_ms": first_ms,
        "total_ms": total_ms,
        "tokens": tokens,
        "tokens_per_second": speed,
    }
    logger.info(
        "%s %s%s after %s ms, %s tokens",
        reply,
        finish,
        f" ({code})" if code else "",
        total_ms,
        tokens,
        extra={"fields": fields},
    )


def speed_of(first_ms: int | None, total_ms: int | None, tokens: int | None) -> float | None:
    """Tokens a second from the first to the last."""
    if not tokens or first_ms is None or not total_ms or total_ms <= first_ms:
        return None
    return round(tokens / (total_ms - first_ms) * 1000, 1)
