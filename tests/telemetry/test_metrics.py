"""Metrics: they equal what was recorded, and no caller can make many of them."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from router_core.decide.config import Category
from router_core.decide.cost import UNKNOWN
from router_core.decide.failures import FailureClass
from router_core.decide.records import RequestRecord
from router_core.telemetry.labels import OTHER, Names
from router_core.telemetry.metrics import MOST_SERIES, Metrics
from router_core.telemetry.states import LedgerState, ModelStanding, Spent, States
from tests.app.rig import FixedConfig, config, model
from tests.telemetry.records import call, eventful, request
from tests.telemetry.scrape import Series, ours, series_of, value

STATES = States(version="1.2.3")
CALLED = {
    "gen_ai_operation_name": "chat",
    "gen_ai_provider_name": "openrouter",
    "gen_ai_request_model": "one",
}


def scraped(*records: RequestRecord, states: States = STATES) -> Series:
    metrics = Metrics(FixedConfig(config()), states)
    for record in records:
        metrics.record(record)
    return series_of(metrics.text())


def test_a_request_is_counted_once_under_its_names() -> None:
    series = scraped(request())
    labels = {"category": "code", "model": "one", "status": "ok"}
    assert value(series, "llm_router_requests_total", **labels) == 1
    assert value(series, "llm_router_request_duration_seconds_count", category="code") == 1
    assert value(series, "llm_router_request_duration_seconds_sum", category="code") == 0.8035
    assert value(series, "llm_router_overhead_seconds_sum") == 0.00025
    assert value(series, "llm_router_fallbacks_total", category="code") is None


def test_a_call_is_measured_by_opentelemetrys_names() -> None:
    series = scraped(request())
    duration = "gen_ai_client_operation_duration_seconds"
    assert value(series, f"{duration}_sum", **CALLED, error_type="") == 0.8
    tokens = "gen_ai_client_token_usage_sum"
    assert value(series, tokens, **CALLED, gen_ai_token_type="input") == 1200
    assert value(series, tokens, **CALLED, gen_ai_token_type="output") == 120
    first = "gen_ai_client_operation_time_to_first_chunk_seconds_sum"
    assert value(series, first, **CALLED) == 0.3
    labels = {"model": "one", "provider": "openrouter"}
    assert value(series, "llm_router_cached_tokens_total", **labels) == 300


def test_a_bucket_holds_what_is_no_larger_than_its_bound() -> None:
    metrics = Metrics(FixedConfig(config()), STATES)
    for latency_ms in (10.0, 10.1, 20.0, 90_000.0):
        metrics.record(request(latency_ms=latency_ms))
    series = series_of(metrics.text())
    bucket = "llm_router_request_duration_seconds_bucket"
    assert value(series, bucket, category="code", le="0.01") == 1
    assert value(series, bucket, category="code", le="0.02") == 3
    assert value(series, bucket, category="code", le="81.92") == 3
    assert value(series, bucket, category="code", le="+Inf") == 4


def test_a_fallback_has_all_its_calls_and_costs() -> None:
    series = scraped(eventful())
    assert value(series, "llm_router_fallbacks_total", category="code") == 1
    failed = {"model": "one", "provider": "openrouter", "outcome": "timeout"}
    assert value(series, "llm_router_attempts_total", **failed) == 1
    classified = {"model": "three", "provider": "openrouter", "outcome": "ok"}
    assert value(series, "llm_router_classifier_calls_total", **classified) == 1
    assert value(series, "llm_router_attempts_total", **classified) is None
    cost = {"category": "code", "model": "two", "source": "estimated"}
    assert value(series, "llm_router_cost_usd_total", **cost) == 0.0005
    of_classifying = {"model": "three", "source": "reported"}
    assert value(series, "llm_router_classifier_cost_usd_total", **of_classifying) == 0.00001


def test_savings_may_fall_and_take_the_classifier_off() -> None:
    saved = "llm_router_saved_usd"
    series = scraped(request())
    assert value(series, saved, against="best_single") == pytest.approx(0.00075)
    dear = request(attempts=(call(cost=replace(call().cost, usd=Decimal("0.5"))),))
    series = scraped(request(), dear)
    assert value(series, saved, against="best_single") == pytest.approx(0.00075 + 0.002 - 0.5)
    assert value(series, saved, against="dearest") == pytest.approx(0.01875 + 0.02 - 0.5)


def test_savings_of_more_requests_than_wait_to_be_asked_for_are_all_there() -> None:
    series = scraped(*[request()] * 1_500)
    against = value(series, "llm_router_saved_usd", against="best_single")
    assert against == pytest.approx(1_500 * 0.00075)


def test_a_cost_that_is_not_known_is_no_cost_of_nothing() -> None:
    series = scraped(request(attempts=(call(cost=UNKNOWN),)), request(attempts=()))
    assert value(series, "llm_router_unknown_cost_requests_total") == 1
    assert not [name for name, _ in series if name.startswith("llm_router_cost_usd_total")]
    assert value(series, "llm_router_saved_usd", against="best_single") is None


def test_what_failed_is_told_by_its_class() -> None:
    series = scraped(request(status="error", model="", error_class="timeout", attempts=()))
    assert value(series, "llm_router_errors_total", error_class="timeout") == 1
    labels = {"category": "code", "model": "(none)", "status": "error"}
    assert value(series, "llm_router_requests_total", **labels) == 1
    assert value(series, "llm_router_request_duration_seconds_count", category="code") is None
    assert value(series, "llm_router_fallbacks_total", category="code") is None


def test_a_caller_that_left_is_no_error() -> None:
    series = scraped(request(status="cancelled", model="", error_class="deadline_exceeded"))
    assert not [name for name, _ in series if name.startswith("llm_router_errors_total")]


def test_classifying_alone_is_no_request() -> None:
    series = scraped(request(operation="classify", attempts=(), classifier_calls=(call(),)))
    assert not [name for name, _ in series if name.startswith("llm_router_requests_total")]
    calls = {"model": "one", "provider": "openrouter", "outcome": "ok"}
    assert value(series, "llm_router_classifier_calls_total", **calls) == 1


def test_what_is_so_now_is_asked_at_each_scrape() -> None:
    standing = ["closed"]
    states = States(
        version="1.2.3",
        models=lambda: (ModelStanding("one", "openrouter", standing[0]),),
        spending=lambda: (Spent("day", Decimal("1.5"), Decimal(2)),),
        ledger=lambda: LedgerState(is_up=False, pending=7, lost=3),
        problems=lambda: 2,
        log_lines_lost=lambda: 5,
    )
    metrics = Metrics(FixedConfig(config()), states)
    one = {"model": "one", "provider": "openrouter"}
    series = series_of(metrics.text())
    assert value(series, "llm_router_model_state", **one, state="closed") == 1
    assert value(series, "llm_router_model_state", **one, state="open") == 0
    assert value(series, "llm_router_spent_usd", period="day") == 1.5
    assert value(series, "llm_router_spending_limit_usd", period="day") == 2
    assert value(series, "llm_router_ledger_up") == 0
    assert value(series, "llm_router_ledger_pending_requests") == 7
    assert value(series, "llm_router_ledger_lost_requests_total") == 3
    assert value(series, "llm_router_problems") == 2
    assert value(series, "llm_router_log_lines_lost_total") == 5
    assert value(series, "llm_router_build_info", version="1.2.3") == 1
    standing[0] = "open"
    series = series_of(metrics.text())
    assert value(series, "llm_router_model_state", **one, state="open") == 1


def test_a_name_that_no_config_has_is_no_label() -> None:
    secret = 'my "prompt"\n{x="y"} 🦜'
    bad = call(model=secret, provider=secret, outcome=secret)
    record = request(
        model=secret, category=secret, status=secret, attempts=(bad,), session=secret, id=secret
    )
    metrics = Metrics(FixedConfig(config()), STATES)
    metrics.record(record)
    assert "prompt" not in metrics.text()
    series = series_of(metrics.text())
    labels = {"category": OTHER, "model": OTHER, "status": "error"}
    assert value(series, "llm_router_requests_total", **labels) == 1
    calls = {"model": OTHER, "provider": OTHER, "outcome": "error"}
    assert value(series, "llm_router_attempts_total", **calls) == 1


def test_a_model_that_has_left_the_config_keeps_its_name() -> None:
    source = FixedConfig(config())
    metrics = Metrics(source, STATES)
    metrics.record(request())
    source.config = config(model("new"))
    metrics.record(request())
    metrics.record(request(model="new"))
    series = series_of(metrics.text())
    labels = {"category": "code", "status": "ok"}
    assert value(series, "llm_router_requests_total", **labels, model="one") == 2
    assert value(series, "llm_router_requests_total", **labels, model="new") == 1


def test_there_are_only_so_many_names() -> None:
    names = Names(2)
    assert [names.label(name, "abc") for name in "abca"] == ["a", "b", OTHER, "a"]


def hostile(rng: random.Random) -> RequestRecord:
    """A request whose every name is at random one of ours or one that a caller made up."""

    def name(*known: str) -> str:
        return (
            rng.choice(known) if known and rng.random() < 0.5 else f'{rng.getrandbits(40):x} é"\n'
        )

    def made_call() -> object:
        return call(
            model=name("one", "two", "three"),
            provider=name("openrouter"),
            outcome=name("ok", *FailureClass),
            latency_ms=rng.expovariate(1e-3),
            cost=rng.choice((call().cost, UNKNOWN)),
        )

    return request(
        id=name(),
        session=name(),
        caller=name(),
        category=name("code", "tools", "conversation"),
        model=name("one", "two", "three"),
        mode=name("cascade"),
        reason=name("classified"),
        status=name("ok", "error", "cancelled"),
        error_class=name("", "timeout"),
        attempts=tuple(made_call() for _ in range(rng.randrange(3))),
        streamed=rng.random() < 0.5,
    )


def test_a_hundred_thousand_hostile_requests_make_few_series() -> None:
    rng = random.Random(7)
    some = [hostile(rng) for _ in range(2_000)]
    metrics = Metrics(FixedConfig(config()), STATES)
    for number in range(100_000):
        metrics.record(some[number % len(some)])
    series = ours(series_of(metrics.text()))
    assert len(series) < 3_000
    requests = sum(n for (name, _), n in series.items() if name == "llm_router_requests_total")
    assert requests == 100_000


def test_however_many_names_configs_have_had_the_series_are_bounded() -> None:
    source = FixedConfig(config())
    metrics = Metrics(source, STATES)
    rng = random.Random(7)
    for number in range(25):
        models = [model(f"m{number}-{place}", f"p{number}-{place % 5}") for place in range(30)]
        categories = {
            name: Category(name=name, models=tuple(models))
            for name in ("tools", *(f"c{number}-{place}" for place in range(30)))
        }
        source.config = config(*models, categories=categories)
        for each in models:
            for outcome in ("ok", "timeout", "server_error"):
                used = call(model=each.name, provider=each.provider, outcome=outcome)
                metrics.record(
                    request(
                        category=rng.choice(tuple(categories)), model=each.name, attempts=(used,)
                    )
                )
    text = metrics.text()
    assert 5_000 < len(ours(series_of(text))) <= MOST_SERIES
    assert OTHER in text


def test_counters_equal_what_was_recorded() -> None:
    rng = random.Random(11)
    records = [
        request(
            category=rng.choice(("code", "tools")),
            model=rng.choice(("one", "two")),
            status=rng.choice(("ok", "error", "cancelled")),
            attempts=tuple(
                call(outcome=rng.choice(("ok", "timeout"))) for _ in range(rng.randrange(3))
            ),
        )
        for _ in range(500)
    ]
    series = scraped(*records)
    for (category, name, status), count in Counter(
        (record.category, record.model, record.status) for record in records
    ).items():
        labels = {"category": category, "model": name, "status": status}
        assert value(series, "llm_router_requests_total", **labels) == count
    calls = Counter(each.outcome for record in records for each in record.attempts)
    for outcome, count in calls.items():
        labels = {"model": "one", "provider": "openrouter", "outcome": outcome}
        assert value(series, "llm_router_attempts_total", **labels) == count
    cost = {"model": "one", "source": "reported"}
    total = sum(
        value(series, "llm_router_cost_usd_total", **cost, category=category) or 0.0
        for category in ("code", "tools")
    )
    assert math.isclose(total, 0.00125 * calls.total())
