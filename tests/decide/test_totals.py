"""What sums over requests hold."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from router_core.decide.cost import UNKNOWN, Cost, CostSource
from router_core.decide.records import AttemptRecord, Baseline, RequestRecord
from router_core.decide.totals import EstimateSums, SavedSums, Totals
from router_core.decide.usage import Usage

TIME = datetime(2026, 11, 27, tzinfo=UTC)


def a_call(usd: str | None = None, **changed: Any) -> AttemptRecord:
    cost = UNKNOWN if usd is None else Cost(Decimal(usd), CostSource.REPORTED)
    fields = {"model": "m", "provider": "p", "outcome": "ok", "latency_ms": 1.0, "cost": cost}
    return AttemptRecord(**{**fields, **changed})


def computed(usd: str) -> AttemptRecord:
    return a_call(cost=Cost(Decimal(usd), CostSource.ESTIMATED))


def a_record(*attempts: AttemptRecord, **changed: Any) -> RequestRecord:
    fields = {"id": "r", "time": TIME, "mode": "cascade", "status": "ok", "latency_ms": 100.0}
    return RequestRecord(**{**fields, "attempts": attempts, **changed})


def of(*records: RequestRecord) -> Totals:
    totals = Totals()
    for record in records:
        totals.add(record)
    return totals


def test_requests_are_counted_by_how_they_ended() -> None:
    totals = of(
        a_record(),
        a_record(status="error", error_class="timeout"),
        a_record(status="error", error_class="timeout"),
        a_record(status="error", error_class="invalid_request"),
        a_record(status="cancelled", error_class="deadline"),
    )

    assert (totals.requests, totals.errors, totals.cancelled) == (5, 3, 1)
    assert totals.errors_by_class == {"timeout": 2, "invalid_request": 1}


def test_a_fallback_is_an_answer_of_another_model_than_the_first() -> None:
    totals = of(
        a_record(a_call(model="a"), model="a"),
        a_record(a_call(model="a"), a_call(model="b"), model="b"),
        a_record(a_call(model="b"), a_call(model="a"), model="a"),
        a_record(a_call(model="a"), a_call(model="b"), model=""),
    )

    assert (totals.fallbacks, totals.attempts) == (2, 7)


def test_tokens_add_up() -> None:
    usage = Usage(
        prompt_tokens=10,
        completion_tokens=20,
        cached_tokens=3,
        cache_write_tokens=4,
        reasoning_tokens=5,
    )
    totals = of(a_record(a_call(usage=usage)), a_record(a_call(usage=usage)))

    assert (totals.prompt_tokens, totals.completion_tokens) == (20, 40)
    assert (totals.cached_tokens, totals.cache_write_tokens, totals.reasoning_tokens) == (6, 8, 10)


def test_costs_are_told_apart_by_where_they_come_from() -> None:
    totals = of(
        a_record(a_call("0.1"), computed("0.02"), a_call(), classifier_calls=(a_call("0.003"),)),
        a_record(a_call()),
        a_record(a_call("0")),
    )

    assert totals.reported_usd == Decimal("0.103")
    assert totals.estimated_usd == Decimal("0.02")
    assert totals.classifier_usd == Decimal("0.003")
    assert totals.cost_usd == Decimal("0.123")
    assert (totals.cost_known, totals.cost_unknown) == (2, 1)


def test_without_a_known_cost_the_sum_is_unknown_and_of_free_answers_it_is_zero() -> None:
    assert of(a_record(a_call())).cost_usd is None
    assert of(a_record(a_call("0"))).cost_usd == 0


def test_of_what_only_classified_the_money_counts_and_nothing_else() -> None:
    totals = of(
        a_record(
            operation="classify",
            status="error",
            error_class="timeout",
            classifier_calls=(a_call("0.5"),),
            ttft_ms=3.0,
            agreed=True,
        )
    )

    assert (totals.cost_usd, totals.classifier_usd, totals.spent_usd) == (Decimal("0.5"),) * 3
    assert (totals.requests, totals.errors, totals.errors_by_class, totals.cost_known) == (
        0,
        0,
        {},
        0,
    )
    assert (totals.compared, totals.ttft_ms.count) == (0, 0)


def test_nothing_is_rounded() -> None:
    totals = of(*(a_record(a_call(usd)) for usd in ("98765432109876543210", "1E-30")))

    assert totals.cost_usd == Decimal("98765432109876543210.000000000000000000000000000001")


@pytest.mark.parametrize(
    ("changed", "may"),
    [
        ({}, True),
        ({"outcome": "cancelled"}, True),
        ({"outcome": "ok", "http_status": 200}, True),
        ({"outcome": "timeout", "http_status": 504}, True),
        ({"outcome": "timeout", "http_status": 408}, True),
        ({"outcome": "timeout", "http_status": 524}, True),
        ({"outcome": "server_error", "http_status": 500}, False),
        ({"outcome": "rate_limited", "http_status": 429}, False),
        ({"outcome": "unreachable", "sent": False}, False),
        ({"outcome": "busy", "sent": False}, False),
    ],
)
def test_where_a_cost_is_unknown_the_estimate_is_spent_if_it_may_have_been_billed(
    changed: dict[str, Any], may: bool
) -> None:
    call = a_call(estimated_usd=Decimal("0.7"), **changed)

    assert call.may_be_billed is may
    totals = of(a_record(call, a_call("0.1", estimated_usd=Decimal(9)), a_call()))
    assert totals.spent_usd == Decimal("0.8" if may else "0.1")
    assert totals.cost_usd == Decimal("0.1")


def test_a_cost_is_unknown_where_something_may_have_been_billed() -> None:
    refused = a_call(outcome="server_error", http_status=500)
    totals = of(a_record(a_call()), a_record(refused), a_record(), a_record(refused, a_call("1")))
    assert (totals.cost_known, totals.cost_unknown) == (1, 1)


def test_savings_are_of_answers_with_a_baseline_with_classifying_taken_off() -> None:
    both = Baseline(best_single_usd=Decimal("0.3"), dearest_usd=Decimal("0.9"))
    partly = Baseline(best_single_usd=Decimal("0.01"))
    totals = of(
        a_record(a_call("0.1"), classifier_calls=(a_call("0.02"),), baseline=both),
        a_record(a_call("0.05"), baseline=partly),
        a_record(a_call(), baseline=both),
        a_record(a_call("0.4")),
    )

    assert totals.best_single == SavedSums(usd=Decimal("0.14"), requests=2, unknown=1)
    assert totals.dearest == SavedSums(usd=Decimal("0.78"), requests=1, unknown=2)


def test_estimates_are_compared_with_what_answering_cost() -> None:
    totals = of(
        a_record(a_call("0.2", estimated_usd=Decimal("0.3")), classifier_calls=(a_call("5"),)),
        a_record(a_call("0.1", estimated_usd=Decimal("0.1")), a_call("0.3")),
        a_record(a_call("0", estimated_usd=Decimal("0.1"))),
        a_record(a_call(estimated_usd=Decimal(1))),
        a_record(a_call("1")),
        a_record(a_call("1", estimated_usd=Decimal(1)), status="cancelled"),
    )

    assert totals.estimates == EstimateSums(
        requests=3,
        estimated_usd=Decimal("0.5"),
        actual_usd=Decimal("0.6"),
        relative=0.5 + 0.75,
        paid=2,
    )


def test_times_are_of_whom_they_are_known() -> None:
    totals = of(
        a_record(latency_ms=100.0, ttft_ms=40.0, overhead_ms=0.5),
        a_record(latency_ms=200.0),
        a_record(latency_ms=9.0, status="error", ttft_ms=8.0),
        a_record(latency_ms=9.0, status="cancelled"),
    )

    assert (totals.latency_ms.count, totals.latency_ms.mean) == (2, 150.0)
    assert (totals.ttft_ms.count, totals.ttft_ms.mean) == (2, 24.0)
    assert (totals.overhead_ms.count, totals.overhead_ms.mean) == (1, 0.5)


@pytest.mark.parametrize(
    ("changed", "speed"),
    [
        ({}, 50.0),
        ({"streamed": False}, None),
        ({"status": "cancelled"}, None),
        ({"ttft_ms": None}, None),
        ({"ttft_ms": 2_100.0}, None),
        ({"attempts": (a_call(usage=Usage(completion_tokens=1)),)}, None),
    ],
)
def test_the_speed_is_that_of_streams_from_the_first_content_on(
    changed: dict[str, Any], speed: float | None
) -> None:
    stream = {
        "streamed": True,
        "latency_ms": 2_100.0,
        "ttft_ms": 100.0,
        "attempts": (a_call(usage=Usage(completion_tokens=100)),),
    }

    assert of(a_record(**{**stream, **changed})).tokens_per_second.mean == speed


def test_agreement_is_of_requests_that_several_judged() -> None:
    totals = of(a_record(agreed=True), a_record(agreed=False), a_record())

    assert (totals.compared, totals.agreed) == (2, 1)


def test_merged_they_are_as_if_all_came_to_one() -> None:
    # That of any requests is held with the ledger's sums; here each field has another value.
    both = Baseline(best_single_usd=Decimal("0.3"), dearest_usd=Decimal("0.9"))
    usage = Usage(prompt_tokens=9, completion_tokens=8, cached_tokens=7, reasoning_tokens=2)
    records = [
        a_record(
            a_call("0.1", estimated_usd=Decimal("0.2")),
            a_call(cost=Cost(Decimal("0.02"), CostSource.ESTIMATED), usage=usage),
            classifier_calls=(a_call("0.003"),),
            baseline=both,
            agreed=True,
            ttft_ms=40.0,
            overhead_ms=0.5,
            streamed=True,
            model="b",
        ),
        a_record(a_call(), status="error", error_class="timeout", agreed=False, baseline=both),
        a_record(a_call("0", usage=Usage(cache_write_tokens=1)), status="cancelled"),
        a_record(a_call("1"), operation="route", classifier_calls=(a_call("0.2"),)),
    ]
    merged = of(records[0], records[1])
    merged.merge(of(*records[2:]))

    assert told(merged) == told(of(*records))
    again = Totals()
    again.merge(merged)
    assert told(again) == told(merged)


def told(totals: Totals) -> dict[str, object]:
    values = {name: getattr(totals, name) for name in Totals.__dataclass_fields__}
    return {name: getattr(value, "bins", value) for name, value in values.items()}
