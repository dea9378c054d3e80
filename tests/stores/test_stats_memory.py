"""What the ledger in memory adds up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.app.ports import Ledger, RequestRecord
from router_core.decide.stats import AttemptRecord, GroupTotals, request_cost
from router_core.stores.stats_memory import MAX_GROUPS, OTHERS, MemoryLedger

SINCE = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def an_attempt(cost: str | None = None) -> AttemptRecord:
    return AttemptRecord(
        model="glm-5",
        provider="openrouter",
        outcome="ok",
        latency_ms=10.0,
        cost_usd=None if cost is None else Decimal(cost),
    )


def a_record(
    *costs: str | None,
    category: str = "code",
    model: str = "glm-5",
    status: str = "ok",
    latency_ms: float = 100.0,
    prompt_tokens: int = 0,
    completion_tokens: int = 0,
) -> RequestRecord:
    return RequestRecord(
        id="r1",
        time=SINCE,
        category=category,
        model=model,
        mode="keywords",
        status=status,
        attempts=tuple(map(an_attempt, costs)),
        latency_ms=latency_ms,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
    )


def a_ledger(*records: RequestRecord) -> MemoryLedger:
    ledger = MemoryLedger(since=SINCE)
    for record in records:
        ledger.record(record)
    return ledger


def groups(totals: tuple[GroupTotals, ...]) -> dict[str, GroupTotals]:
    return {group.name: group for group in totals}


def test_a_new_ledger_has_counted_nothing() -> None:
    ledger: Ledger = (memory := a_ledger())
    snapshot = memory.snapshot()

    assert ledger is memory
    assert (snapshot.requests, snapshot.errors, snapshot.unknown_cost_requests) == (0, 0, 0)
    assert snapshot.cost_usd is None
    assert snapshot.since == SINCE
    assert snapshot.by_category == snapshot.by_model == ()


def test_requests_and_errors_are_counted_and_a_cancelled_one_is_no_error() -> None:
    snapshot = a_ledger(
        a_record("0.1"), a_record(status="error"), a_record(status="cancelled")
    ).snapshot()

    assert (snapshot.requests, snapshot.errors) == (3, 1)


def test_costs_add_up_exactly() -> None:
    snapshot = a_ledger(*[a_record("0.1") for _ in range(3)]).snapshot()

    assert snapshot.cost_usd == Decimal("0.3")


def test_the_cost_of_a_request_is_the_sum_of_its_known_attempts() -> None:
    snapshot = a_ledger(a_record(None, "0.002", "0.0005")).snapshot()

    assert snapshot.cost_usd == Decimal("0.0025")
    assert snapshot.unknown_cost_requests == 0


def test_a_request_without_a_known_cost_is_counted_apart_and_is_not_free() -> None:
    snapshot = a_ledger(a_record(None), a_record()).snapshot()

    assert snapshot.cost_usd is None
    assert snapshot.unknown_cost_requests == 2


def test_a_cost_of_zero_is_known() -> None:
    snapshot = a_ledger(a_record("0")).snapshot()

    assert snapshot.cost_usd == 0
    assert snapshot.unknown_cost_requests == 0


def test_categories_and_models_are_told_apart() -> None:
    snapshot = a_ledger(
        a_record("0.1", category="code", model="glm-5", prompt_tokens=10, completion_tokens=3),
        a_record("0.2", category="code", model="kimi-k2.5", prompt_tokens=1),
        a_record(category="tools", model="", status="error"),
    ).snapshot()

    assert [group.name for group in snapshot.by_category] == ["code", "tools"]
    code = groups(snapshot.by_category)["code"]
    assert (code.requests, code.errors, code.cost_usd) == (2, 0, Decimal("0.3"))
    assert (code.prompt_tokens, code.completion_tokens) == (11, 3)
    by_model = groups(snapshot.by_model)
    assert by_model["glm-5"].cost_usd == Decimal("0.1")
    assert (by_model[""].errors, by_model[""].unknown_cost_requests) == (1, 1)


def test_the_mean_latency_is_that_of_the_requests_that_ended_well() -> None:
    snapshot = a_ledger(
        a_record(latency_ms=100.0),
        a_record(latency_ms=200.0),
        a_record(latency_ms=9_000.0, status="error"),
        a_record(latency_ms=9_000.0, status="cancelled"),
        a_record(category="tools", status="error"),
    ).snapshot()

    by_category = groups(snapshot.by_category)
    assert by_category["code"].mean_latency_ms == pytest.approx(150.0)
    assert by_category["tools"].mean_latency_ms is None


def test_a_snapshot_does_not_change_as_counting_goes_on() -> None:
    ledger = a_ledger(a_record("1"))
    before = ledger.snapshot()
    ledger.record(a_record("1"))

    assert before.requests == 1
    assert before.by_model[0].requests == 1
    assert ledger.snapshot().requests == 2


def test_names_that_callers_invent_do_not_grow_memory_without_end() -> None:
    ledger = a_ledger(*[a_record(model=f"vendor/{n}") for n in range(MAX_GROUPS + 5)])
    ledger.record(a_record(model="vendor/0"))

    by_model = groups(ledger.snapshot().by_model)
    assert len(by_model) == MAX_GROUPS + 1
    assert by_model[OTHERS].requests == 5
    assert by_model["vendor/0"].requests == 2


@pytest.mark.parametrize("odd", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_cost_that_is_no_number_is_unknown(odd: str) -> None:
    snapshot = a_ledger(a_record(odd), a_record("1")).snapshot()

    assert snapshot.cost_usd == 1
    assert snapshot.unknown_cost_requests == 1


@given(st.lists(st.none() | st.decimals(min_value=0, max_value=100, places=6)))
def test_a_cost_is_unknown_exactly_when_no_attempt_tells_one(costs: list[Decimal | None]) -> None:
    known = [cost for cost in costs if cost is not None]

    assert request_cost(costs) == (sum(known) if known else None)


def test_the_mean_answer_is_of_those_that_ended_well_and_told_their_length() -> None:
    snapshot = a_ledger(
        a_record(completion_tokens=100),
        a_record(completion_tokens=250),
        a_record(completion_tokens=0),
        a_record(completion_tokens=9_000, status="cancelled"),
        a_record(completion_tokens=1_000, category="tools"),
        a_record(category="reasoning"),
    ).snapshot()

    by_category = groups(snapshot.by_category)
    assert by_category["code"].mean_answer_tokens == 175.0
    assert by_category["reasoning"].mean_answer_tokens is None
    assert snapshot.mean_answer_tokens == 450.0
    assert a_ledger().snapshot().mean_answer_tokens is None


def test_the_time_of_an_answer_is_without_what_had_failed_before_it() -> None:
    slow, quick = replace(an_attempt(), latency_ms=60_000.0), replace(an_attempt(), latency_ms=40.0)
    ledger = a_ledger(
        replace(a_record(latency_ms=60_050.0), attempts=(slow, quick)),
        a_record("0", latency_ms=20.0),
        replace(a_record(status="cancelled"), attempts=(slow,)),
        a_record(model="other"),
    )

    by_model = groups(ledger.snapshot().by_model)
    assert by_model["glm-5"].mean_answer_ms == 25.0
    assert by_model["other"].mean_answer_ms is None
