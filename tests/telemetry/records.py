"""Records of requests that have ended, as tests want them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from router_core.decide.cost import Cost, CostSource
from router_core.decide.records import AttemptRecord, Baseline, RequestRecord, Stage
from router_core.decide.usage import Usage

THEN = datetime(2026, 11, 27, 12, 0, 0, 123456, tzinfo=UTC)
CLIENT_TRACE = "0af7651916cd43dd8448eb211c80319c"
CLIENT_SPAN = "b7ad6b7169203331"


def usd(amount: str, source: CostSource = CostSource.REPORTED) -> Cost:
    return Cost(Decimal(amount), source)


def call(**fields: Any) -> AttemptRecord:
    """A call of `one` that answered, by default."""
    made: dict[str, Any] = {
        "model": "one",
        "provider": "openrouter",
        "outcome": "ok",
        "began_ms": 2.0,
        "latency_ms": 800.0,
        "cost": usd("0.00125"),
        "usage": Usage(prompt_tokens=1200, cached_tokens=300, completion_tokens=120),
        "http_status": 200,
    }
    return AttemptRecord(**made | fields)


def request(**fields: Any) -> RequestRecord:
    """A stream that `one` answered at once, by default."""
    attempts = fields.get("attempts", (call(),))
    made: dict[str, Any] = {
        "id": "req_1",
        "time": THEN,
        "mode": "cascade",
        "status": "ok",
        "latency_ms": 803.5,
        "category": "code",
        "model": "one",
        "provider": "openrouter",
        "reason": "classified",
        "streamed": True,
        "attempts": attempts,
        "ttft_ms": 302.0,
        "overhead_ms": 0.25,
        "baseline": Baseline(best_single_usd=Decimal("0.002"), dearest_usd=Decimal("0.02")),
    }
    return RequestRecord(**made | fields)


def eventful() -> RequestRecord:
    """Classified by a model, failed once, answered by the second one."""
    return request(
        id="req_2",
        model="two",
        latency_ms=1500.0,
        ttft_ms=900.0,
        session="s" * 16,
        caller="c0ffee",
        traceparent=f"00-{CLIENT_TRACE}-{CLIENT_SPAN}-01",
        stages=(
            Stage(name="classify", began_ms=1.0, latency_ms=90.0),
            Stage(name="route", began_ms=91.0, latency_ms=0.5),
        ),
        classifier_calls=(call(model="three", began_ms=2.0, latency_ms=80.0, cost=usd("0.00001")),),
        attempts=(
            call(
                outcome="timeout",
                began_ms=95.0,
                latency_ms=500.0,
                http_status=None,
                usage=Usage(),
                cost=Cost(None, CostSource.UNKNOWN),
            ),
            call(
                model="two",
                began_ms=600.0,
                latency_ms=899.0,
                generation_id="gen-1",
                cost=usd("0.0005", CostSource.ESTIMATED),
                usage=Usage(
                    prompt_tokens=100,
                    cached_tokens=60,
                    cache_write_tokens=10,
                    completion_tokens=20,
                    reasoning_tokens=5,
                ),
            ),
        ),
    )
