"""The ledger as a trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from router_core.decide.cost import UNKNOWN, Cost, CostSource
from router_core.decide.model_info import ModelInfo
from router_core.decide.records import AttemptRecord, RequestRecord
from router_core.decide.simulation import Contender, Row, rows_of_ledger
from router_core.decide.usage import Usage
from tests.decide.simulation.worlds import GOOD, PRICES, SMALL, a_config, a_model, contender

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
USAGE = Usage(prompt_tokens=1000, completion_tokens=100)
IT = contender()


def a_record(n: int = 0, *, cost: Cost | None = None, **changed: Any) -> RequestRecord:
    """`good` answered in 2 seconds, after half a second in which somebody else failed."""
    failed = AttemptRecord(model="small", provider="p", outcome="timeout", latency_ms=500.0)
    answered = AttemptRecord(
        model="good",
        provider="p",
        outcome="ok",
        began_ms=500.0,
        latency_ms=2000.0,
        usage=USAGE,
        cost=cost or Cost(Decimal("0.042"), CostSource.REPORTED),
    )
    fields: dict[str, Any] = {
        "id": f"r{n}",
        "time": NOON + timedelta(seconds=n),
        "mode": "cascade",
        "status": "ok",
        "latency_ms": 2500.0,
        "category": "code",
        "model": "good",
        "provider": "p",
        "ttft_ms": 900.0,
        "attempts": (failed, answered),
    }
    return RequestRecord(**{**fields, **changed})


def the_row(record: RequestRecord, *contenders: Contender) -> Row:
    (row,) = rows_of_ledger([record], contenders or (IT,))
    return row


def test_of_who_answered_it_is_as_it_was() -> None:
    row = the_row(a_record())
    assert (row.where, row.category, row.time, row.prompt_tokens) == (
        "request r0",
        "code",
        NOON,
        1000,
    )
    good = row.told["good"]
    assert (good.cost_usd, good.latency_ms, good.ttft_ms) == (0.042, 2000.0, 400.0)
    assert good.quality is None


def test_of_others_it_is_their_prices_for_as_many_tokens() -> None:
    small = the_row(a_record()).told["small"]
    assert small.cost_usd == pytest.approx(1000 * 0.000001 + 100 * 0.000003)
    assert (small.prompt_tokens, small.completion_tokens) == (1000, 100)


def test_a_cost_that_was_not_known_is_that_of_the_prices() -> None:
    good = the_row(a_record(cost=UNKNOWN)).told["good"]
    assert good.cost_usd == pytest.approx(1000 * 0.00001 + 100 * 0.00003)


def test_the_models_of_all_configs_might_have_answered() -> None:
    more = contender(a_config({"code": (SMALL, a_model("third"))}), infos={"third": PRICES["good"]})
    assert list(the_row(a_record(), IT, more).told) == ["good", "small", "third"]


def test_a_model_of_no_known_cost_is_left_out() -> None:
    unpriced = contender(infos={"good": PRICES["good"], "small": ModelInfo()})
    assert list(the_row(a_record(), unpriced).told) == ["good"]


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "error"},
        {"operation": "classify"},
        {"category": ""},
        {"category": "gone"},
        {"model": "", "attempts": ()},
    ],
)
def test_what_tells_too_little_is_left_out(changed: dict[str, Any]) -> None:
    rows = rows_of_ledger([replace(a_record(0), **changed), a_record(1)], (IT,))
    assert [row.where for row in rows] == ["request r1"]


def test_a_model_that_no_config_knows_any_more_is_known_by_what_it_did() -> None:
    row = the_row(a_record(model="old"))
    assert row.told["old"].cost_usd == 0.042
    assert row.told.keys() == {"old", GOOD.name, SMALL.name}
