"""What several calls cost together, and which of them may be charged at all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from router_core.decide.cost import FREE, UNKNOWN, Cost, CostSource, total
from router_core.decide.records import (
    AttemptRecord,
    Baseline,
    RequestRecord,
    cost_of_calls,
    cost_of_classifying,
    readable_id,
)
from tests.decide.model_entries import NOW

ONE = Cost(Decimal(1), CostSource.REPORTED)
TWO = Cost(Decimal(2), CostSource.ESTIMATED)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], UNKNOWN),
        ([UNKNOWN, UNKNOWN], UNKNOWN),
        ([ONE, ONE], Cost(Decimal(2), CostSource.REPORTED)),
        ([ONE, TWO], Cost(Decimal(3), CostSource.ESTIMATED)),
        ([ONE, UNKNOWN], Cost(Decimal(1), CostSource.ESTIMATED)),
        ([UNKNOWN, FREE], Cost(Decimal(0), CostSource.ESTIMATED)),
    ],
)
def test_a_sum_is_reported_where_all_of_it_is(parts: list[Cost], expected: Cost) -> None:
    assert total(parts) == expected


CALL = AttemptRecord(model="m", provider="p", outcome="ok", latency_ms=1.0)
REFUSED = replace(CALL, http_status=429)


@pytest.mark.parametrize(
    ("classifying", "answering", "expected"),
    [
        ([], [], UNKNOWN),
        ([FREE], [UNKNOWN], UNKNOWN),
        ([FREE], [ONE], ONE),
        ([TWO], [ONE], Cost(Decimal(3), CostSource.ESTIMATED)),
        ([UNKNOWN], [ONE], Cost(Decimal(1), CostSource.ESTIMATED)),
        ([], [UNKNOWN, ONE], Cost(Decimal(1), CostSource.ESTIMATED)),
    ],
)
def test_a_request_costs_what_its_calls_do(
    classifying: list[Cost], answering: list[Cost], expected: Cost
) -> None:
    calls = ([replace(CALL, cost=cost) for cost in costs] for costs in (classifying, answering))
    assert cost_of_calls(*calls) == expected


def test_classifying_for_nothing_costs_nothing_rather_than_an_unknown_sum() -> None:
    free = replace(CALL, cost=FREE)
    assert cost_of_classifying([free]) == FREE
    assert cost_of_classifying([free, REFUSED]) == FREE
    assert cost_of_classifying([]) == UNKNOWN


def test_a_call_that_was_refused_leaves_the_sum_as_it_is() -> None:
    paid = replace(CALL, cost=ONE)
    assert cost_of_calls([REFUSED], [REFUSED, paid, replace(CALL, sent=False)]) == ONE
    assert cost_of_calls([], [REFUSED]) == UNKNOWN


@pytest.mark.parametrize("told", [None, 7, "a" * 201, "a\nb", ["gen-1"]])
def test_an_id_that_nobody_could_ask_for_is_none(told: object) -> None:
    assert readable_id(told) == ""
    assert readable_id("gen-1") == "gen-1"


def test_who_saves_nothing_saves_0_however_costs_are_written() -> None:
    call = replace(CALL, cost=Cost(Decimal("0.001200"), CostSource.ESTIMATED))
    record = RequestRecord(id="r", time=NOW, mode="m", status="ok", latency_ms=1, attempts=(call,))
    assert str(record.saved_usd(Decimal("0.0012"))) == "0"
    assert str(record.saved_usd(Decimal("0.0013"))) == "0.000100"


def test_what_a_request_saved_is_not_known_while_a_bill_is_open() -> None:
    done = replace(CALL, cost=ONE)
    made: dict[str, Any] = {"id": "r", "time": NOW, "mode": "m", "status": "ok", "latency_ms": 1}
    for calls in ({"attempts": (CALL, done)}, {"attempts": (done,), "classifier_calls": (CALL,)}):
        record = RequestRecord(**made | calls)
        assert (record.cost.usd, record.saved_usd(Decimal(5))) == (Decimal(1), None)
        assert not record.is_cost_unknown
    refused = RequestRecord(**made, attempts=(REFUSED, done))
    assert refused.saved_usd(Decimal(5)) == 4


def test_a_baseline_may_be_worked_out_later_and_once() -> None:
    asked: list[int] = []

    def work() -> Baseline:
        asked.append(1)
        return Baseline(best_single_usd=Decimal(1), dearest_usd=Decimal(2))

    later = Baseline.later(work)
    assert asked == []
    assert (later.best_single_usd, later.dearest_usd) == (Decimal(1), Decimal(2))
    assert later == work()
    assert hash(later) == hash(work())
    assert "Decimal('2')" in repr(later)
    assert later != Baseline(best_single_usd=Decimal(1))
    assert len(asked) == 3
