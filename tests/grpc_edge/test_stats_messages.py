"""Sums and records as messages: every figure, and none where there is none."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

import pytest

from llm_router.projection import project
from llm_router.v1 import stats_pb2 as pb
from router_core.app.ports import Summed
from router_core.app.watching import Seen
from router_core.decide.cost import CostSource
from router_core.decide.histogram import Histogram
from router_core.decide.records import Baseline, RequestRecord
from router_core.decide.totals import EstimateSums, SavedSums, Totals
from router_core.decide.usage import Usage
from router_core.grpc_edge.stats_messages import record_message, seen_message, summed_message
from tests.app.ended import a_record, an_attempt, paid
from tests.fakes.clock import START


def of(total: Totals) -> pb.GetStatsResponse:
    """The message of these sums."""
    return summed_message(Summed(since=START, total=total, by_category={}, by_model={}, groups={}))


def values(*numbers: float) -> Histogram:
    histogram = Histogram()
    for number in numbers:
        histogram.add(number)
    return histogram


EVERYTHING = Totals(
    requests=10,
    errors=2,
    cancelled=1,
    errors_by_class={"timeout": 2},
    fallbacks=3,
    attempts=14,
    prompt_tokens=1_000,
    completion_tokens=300,
    cached_tokens=250,
    cache_write_tokens=40,
    reasoning_tokens=30,
    reported_usd=Decimal("0.30"),
    estimated_usd=Decimal("0.1"),
    classifier_usd=Decimal("1E-9"),
    cost_known=8,
    cost_unknown=2,
    latency_ms=values(*range(1, 101)),
    ttft_ms=values(5.0),
    overhead_ms=values(0.0, 0.0),
    tokens_per_second=values(50.0),
    compared=4,
    agreed=3,
    best_single=SavedSums(usd=Decimal("-0.05"), requests=6, unknown=1),
    dearest=SavedSums(usd=Decimal("1.5"), requests=5, unknown=2),
    estimates=EstimateSums(
        requests=5,
        estimated_usd=Decimal("0.5"),
        actual_usd=Decimal("0.4"),
        relative=1.0,
        paid=4,
    ),
)


def test_every_figure_is_told() -> None:
    told = of(EVERYTHING)
    assert (told.requests, told.errors, told.unknown_cost_requests) == (10, 2, 2)
    assert told.cost_usd == told.total.cost_usd == "0.40"
    shown = project(told.total)
    spread = shown.pop("latency_ms")
    assert spread["count"] == 100
    for share, exact in (("p50", 50), ("p90", 90), ("p95", 95), ("p99", 99)):
        assert spread[share] == pytest.approx(exact, rel=0.02)
    assert shown.pop("mean_latency_ms") == pytest.approx(50.5)
    for name, exact in (("ttft_ms", 5), ("tokens_per_second", 50)):
        assert shown.pop(name)["p99"] == pytest.approx(exact, rel=0.02)
    assert shown.pop("overhead_ms") == {"count": 2, "p50": 0, "p90": 0, "p95": 0, "p99": 0}
    assert shown == {
        "name": "",
        "requests": 10,
        "errors": 2,
        "cost_usd": "0.40",
        "unknown_cost_requests": 2,
        "prompt_tokens": 1_000,
        "completion_tokens": 300,
        "errors_by_class": {"timeout": 2},
        "cancelled": 1,
        "fallbacks": 3,
        "attempts": 14,
        "cached_tokens": 250,
        "cache_write_tokens": 40,
        "reasoning_tokens": 30,
        "reported_cost_usd": "0.30",
        "estimated_cost_usd": "0.1",
        "classifier_cost_usd": "0.000000001",
        "estimated_share": 0.25,
        "cache_hit_share": 0.25,
        "classifiers_compared": 4,
        "classifier_agreement": 0.75,
        "savings": {
            "against_best_single_usd": "-0.05",
            "against_dearest_usd": "1.5",
            "requests": 6,
            "unknown_requests": 1,
        },
        "estimates": {
            "requests": 5,
            "estimated_usd": "0.5",
            "actual_usd": "0.4",
            "mean_relative_error": 0.25,
        },
    }
    assert project(told.savings) == shown["savings"]


def test_the_example_has_every_figure_of_the_ledger() -> None:
    """Or the test above would not see that one is forgotten."""
    nothing = Totals()
    same = [
        each.name
        for each in fields(Totals)
        if getattr(EVERYTHING, each.name) == getattr(nothing, each.name)
    ]
    assert same == ["spent_usd"]  # told by the limits


def test_where_there_is_nothing_nothing_is_told() -> None:
    told = of(Totals())
    assert not told.HasField("cost_usd")
    shown = project(told.total)
    numbers = {key for key, value in shown.items() if value == 0}
    absent = {key for key, value in shown.items() if value is None}
    assert absent == {
        *("cost_usd", "mean_latency_ms", "reported_cost_usd", "estimated_cost_usd"),
        *("classifier_cost_usd", "estimated_share", "latency_ms", "ttft_ms", "overhead_ms"),
        *("tokens_per_second", "cache_hit_share", "classifier_agreement", "estimates"),
    }
    assert numbers | absent | {"name", "errors_by_class", "savings"} == set(shown)


@pytest.mark.parametrize(
    ("best_single", "dearest", "told"),
    [
        (SavedSums(), SavedSums(), (None, None)),
        (SavedSums(unknown=3), SavedSums(unknown=3), (None, None)),
        (SavedSums(requests=2), SavedSums(unknown=2), ("0", None)),
        (SavedSums(requests=1, unknown=1), SavedSums(requests=1), ("0", "0")),
    ],
)
def test_unknown_savings_are_not_savings_of_0(
    best_single: SavedSums, dearest: SavedSums, told: tuple[str | None, str | None]
) -> None:
    savings = project(of(Totals(best_single=best_single, dearest=dearest)).savings)
    assert (savings["against_best_single_usd"], savings["against_dearest_usd"]) == told
    assert savings["unknown_requests"] == best_single.unknown


def test_what_is_free_costs_0_and_has_no_shares() -> None:
    told = of(Totals(requests=1, cost_known=1)).total
    assert (told.cost_usd, told.reported_cost_usd, told.estimated_cost_usd) == ("0", "0", "0")
    assert not told.HasField("estimated_share")


# -- requests --------------------------------------------------------------------------


def test_a_request_is_told_whole() -> None:
    usage = Usage(
        prompt_tokens=10,
        completion_tokens=5,
        cached_tokens=4,
        cache_write_tokens=3,
        reasoning_tokens=2,
    )
    record = a_record(
        reason="session_switched",
        error_class="timeout",
        status="error",
        caller="c",
        session="s",
        streamed=True,
        ttft_ms=3.5,
        overhead_ms=0.0,
        attempts=(
            an_attempt(paid("0.5", CostSource.ESTIMATED), estimated_usd=Decimal("0.4")),
            an_attempt(model="two", outcome="timeout", http_status=503, usage=usage),
        ),
        classifier_calls=(an_attempt(paid("0.25"), model="small"),),
        baseline=Baseline(best_single_usd=Decimal(1)),
    )
    shown = project(record_message(record))
    attempts, calls = shown.pop("attempts"), shown.pop("classifier_calls")
    told = [(each["model"], each["outcome"], each["cost_usd"]) for each in (*attempts, *calls)]
    assert told == [("one", "ok", "0.5"), ("two", "timeout", None), ("small", "ok", "0.25")]
    sources = [each["cost_source"] for each in (*attempts, *calls)]
    assert sources == ["estimated", "unknown", "reported"]
    assert shown == {
        "id": "req_1",
        "time": "2026-11-23T12:00:00Z",
        "category": "code",
        "model": "one",
        "mode": "cascade",
        "status": "error",
        "cost_usd": "0.75",
        "cost_source": "estimated",
        "latency_ms": 10.0,
        "ttft_ms": 3.5,
        "overhead_ms": 0.0,
        "provider": "openrouter",
        "caller": "c",
        "session": "s",
        "reason": "session_switched",
        "error_class": "timeout",
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "cached_tokens": 4,
        "cache_write_tokens": 3,
        "reasoning_tokens": 2,
        "estimated_cost_usd": "0.4",
        "streamed": True,
        "operation": "chat",
        "savings": {
            "against_best_single_usd": "0.25",
            "against_dearest_usd": None,
            "requests": 1,
            "unknown_requests": 0,
        },
    }


@pytest.mark.parametrize("reason", ["", "of a later version"])
def test_what_is_not_known_of_a_request_is_unset(reason: str) -> None:
    record = RequestRecord(id="x", time=START, mode="", status="error", latency_ms=1, reason=reason)
    shown = project(record_message(record))
    absent = {key for key, value in shown.items() if value is None}
    assert absent == {
        *("cost_usd", "ttft_ms", "overhead_ms", "reason", "estimated_cost_usd", "savings"),
    }
    assert shown["cost_source"] == "unknown"


def test_what_was_saved_by_a_request_of_unknown_cost_is_unknown() -> None:
    record = a_record(baseline=Baseline(best_single_usd=Decimal(1), dearest_usd=Decimal(2)))
    assert project(record_message(record))["savings"] == {
        "against_best_single_usd": None,
        "against_dearest_usd": None,
        "requests": 0,
        "unknown_requests": 1,
    }


def test_how_many_were_missed_goes_with_a_request() -> None:
    message = seen_message(Seen(record=a_record("a"), missed=3))
    assert (message.request.id, message.missed) == ("a", 3)
