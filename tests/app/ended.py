"""Requests that ended, as records; what a test does not name is of no account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from router_core.decide.cost import UNKNOWN, Cost, CostSource
from router_core.decide.records import AttemptRecord, RequestRecord
from tests.fakes.clock import START


def paid(usd: str, source: CostSource = CostSource.REPORTED) -> Cost:
    """A known cost."""
    return Cost(Decimal(usd), source)


def an_attempt(cost: Cost = UNKNOWN, **fields: Any) -> AttemptRecord:
    """A call of model "one"."""
    made: dict[str, Any] = {
        "model": "one",
        "provider": "openrouter",
        "outcome": "ok",
        "latency_ms": 5.0,
        "cost": cost,
    }
    return AttemptRecord(**made | fields)


def a_record(id_: str = "req_1", **fields: Any) -> RequestRecord:
    """A request that model "one" answered as code."""
    made: dict[str, Any] = {
        "id": id_,
        "time": START,
        "mode": "cascade",
        "status": "ok",
        "latency_ms": 10.0,
        "category": "code",
        "model": "one",
        "provider": "openrouter",
    }
    return RequestRecord(**made | fields)
