"""The one log line of a request: what was decided, what it took; no content, no key."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any, Final

from router_core.decide.records import RequestRecord

__all__ = ["LOGGER", "RequestLog", "line_of", "request_in"]

LOGGER: Final = "router_core.requests"
_KEY: Final = "llm_router_request"
"""Under which a log record carries the request; it is made into a line elsewhere."""


class RequestLog:
    """The `Recorder` port over the log."""

    def __init__(self) -> None:
        self._log = logging.getLogger(LOGGER)

    def record(self, record: RequestRecord) -> None:
        """Logs one request; what is written of it is `line_of`."""
        log = self._log
        if log.isEnabledFor(logging.INFO):
            entry = logging.LogRecord(LOGGER, logging.INFO, __file__, 0, "request", (), None)
            entry.__dict__[_KEY] = record
            log.handle(entry)


def request_in(entry: logging.LogRecord) -> RequestRecord | None:
    """The request that a log record is about; ``None``: it is about none."""
    found = entry.__dict__.get(_KEY)
    return found if isinstance(found, RequestRecord) else None


def line_of(record: RequestRecord) -> dict[str, Any]:
    """The fields of a request's line; money is a decimal string, ``None``: not known.

    Each is a name out of the config or the code, a number or an opaque id. A model may be
    one that the caller named.
    """
    cost, usage = record.cost, record.usage
    return {
        "request_id": record.id,
        "operation": record.operation,
        "category": record.category,
        "model": record.model,
        "provider": record.provider,
        "reason": record.reason,
        "mode": record.mode,
        "status": record.status,
        "error_class": record.error_class,
        "caller": record.caller,
        "streamed": record.streamed,
        "attempts": len(record.attempts),
        "cost_usd": _usd(cost.usd),
        "cost_source": cost.source.value,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "cached_tokens": usage.cached_tokens,
        "latency_ms": round(record.latency_ms, 3),
        "ttft_ms": _rounded(record.ttft_ms),
        "overhead_ms": _rounded(record.overhead_ms),
    }


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 3)
